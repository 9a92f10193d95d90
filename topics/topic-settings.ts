import type { TopicSpec } from './topics.ts'

/** Kafka's maximum of a setting of type LONG, 2^63-1: for `segment.ms` no segment is ever rolled by time. */
const LONG_MAXIMUM = '9223372036854775807'

/** Kafka's own default, which the largest record that processors write stays below. */
const RECORD_MAXIMUM_BYTES = 1_048_588

/** A snapshot of hundreds of symbols is some tens of megabytes a partition. */
const COMPACTED_SEGMENT_BYTES = String(64 * 1024 * 1024)

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
 * times and segments are rolled and deleted by them. Records may be as old as they like, and on derived topics as far ahead
 * too: an announced split stands on the tape at the time when it takes effect. Raw topics are stored uncompressed, whatever
 * their producers send, since kafkajs reads no codec but gzip.
 */
export function settingsOf(topic: TopicSpec): readonly TopicSetting[] {
  const exactly = (name: string, value: string): TopicSetting => ({ name, rule: 'exactly', value })
  const settings = [exactly('cleanup.policy', topic.cleanup), exactly('message.timestamp.type', topic.timestamps)]
  if (topic.cleanup === 'delete') {
    settings.push(exactly('retention.ms', '-1'), exactly('retention.bytes', '-1'), exactly('segment.ms', LONG_MAXIMUM))
  }
  // What compaction may remove is in closed segments only: small ones bound what the broker keeps, and a restart may have to read.
  if (topic.cleanup === 'compact') settings.push(exactly('segment.bytes', COMPACTED_SEGMENT_BYTES))
  if (topic.timestamps === 'CreateTime') {
    settings.push({ name: 'message.timestamp.before.max.ms', rule: 'if reported, exactly', value: LONG_MAXIMUM })
    settings.push(exactly('message.timestamp.after.max.ms', LONG_MAXIMUM))
  } else {
    settings.push(exactly('compression.type', 'uncompressed'))
  }
  const isForDeadLetters = topic.records.some(({ name }) => name === 'barline.DeadLetter')
  const maximum = isForDeadLetters ? DEAD_LETTER_MAXIMUM_BYTES : RECORD_MAXIMUM_BYTES
  settings.push({ name: 'max.message.bytes', rule: 'at least', value: String(maximum) })
  return settings
}

/**
 * What a topic of so many copies is created with, and may be changed: no copy that lacks confirmed records becomes the leader, and of three
 * copies two hold a record before it is confirmed, so that one broker may be away.
 */
export function settingsOfCopies(copies: number): readonly Pick<TopicSetting, 'name' | 'value'>[] {
  return [
    { name: 'unclean.leader.election.enable', value: 'false' },
    ...(copies >= 3 ? [{ name: 'min.insync.replicas', value: '2' }] : []),
  ]
}

/** Whether a value in force (undefined: the broker does not report the setting) satisfies a setting. */
export function satisfies(setting: TopicSetting, found: string | undefined): boolean {
  if (found === undefined) return setting.rule === 'if reported, exactly'
  return setting.rule === 'at least' ? Number(found) >= Number(setting.value) : found === setting.value
}
