import type { TopicSpec } from './topics.ts'

/** Kafka's maximum of a setting of type LONG, 2^63-1: for `segment.ms` no segment is ever rolled by time. */
const LONG_MAXIMUM = '9223372036854775807'

/** Room for an original record of Kafka's default maximum (1 MB) and the envelope of a dead letter around it. */
const DEAD_LETTER_MAXIMUM_BYTES = 2 * 1024 * 1024

/**
 * A setting of a topic. `exactly`: set at creation, and never another. `at least`: set at creation, more is as good.
 * `if reported, exactly`: left to the broker's default, which older brokers do not have; only another value is refused.
 */
export type TopicSetting = {
  readonly name: string
  readonly rule: 'exactly' | 'at least' | 'if reported, exactly'
  readonly value: string
}

/**
 * The settings that a topic must have. History is kept for good and not rolled by time, since record timestamps are event
 * times and segments are rolled and deleted by them. `message.timestamp.after.max.ms` stays at the broker's default (an
 * hour): an event time is never in the future. Records may be as old as they like.
 */
export function settingsOf(topic: TopicSpec): readonly TopicSetting[] {
  const exactly = (name: string, value: string): TopicSetting => ({ name, rule: 'exactly', value })
  const settings = [exactly('cleanup.policy', topic.cleanup), exactly('message.timestamp.type', topic.timestamps)]
  if (topic.cleanup === 'delete') {
    settings.push(exactly('retention.ms', '-1'), exactly('retention.bytes', '-1'), exactly('segment.ms', LONG_MAXIMUM))
  }
  if (topic.timestamps === 'CreateTime') {
    settings.push({ name: 'message.timestamp.before.max.ms', rule: 'if reported, exactly', value: LONG_MAXIMUM })
  }
  if (topic.records.some(({ name }) => name === 'barline.DeadLetter')) {
    settings.push({ name: 'max.message.bytes', rule: 'at least', value: String(DEAD_LETTER_MAXIMUM_BYTES) })
  }
  return settings
}

/** Whether a value in force (undefined: the broker does not report the setting) satisfies a setting. */
export function satisfies(setting: TopicSetting, found: string | undefined): boolean {
  if (found === undefined) return setting.rule === 'if reported, exactly'
  return setting.rule === 'at least' ? Number(found) >= Number(setting.value) : found === setting.value
}
