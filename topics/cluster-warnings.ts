import type { BrokerDescription, TopicDescription } from './topic-admin.ts'

const retentionName = 'offsets.retention.minutes'
const leastRetentionMinutes = 30 * 24 * 60
const minutesPerDay = 24 * 60
/** From so many brokers on, a topic can outlive the loss of one and go on being written to. */
const brokersForCopies = 3

/**
 * What of a cluster endangers what is kept on it, in sentences that name the setting; none when all is well. Nothing here keeps the
 * chain from running, so nothing is refused.
 */
export function clusterWarnings(
  brokers: readonly BrokerDescription[],
  topics: readonly TopicDescription[],
): readonly string[] {
  return [...retentionWarnings(brokers), ...copyWarnings(brokers.length, topics)]
}

function retentionWarnings(brokers: readonly BrokerDescription[]): string[] {
  const minutes = brokers.flatMap(({ id, settings }) => {
    const value = settings[retentionName]
    return value === undefined ? [] : [{ id, minutes: Number(value) }]
  })
  if (minutes.length < brokers.length) {
    return [
      `the brokers do not tell ${retentionName}: see that it is ${leastRetentionMinutes} (30 days) or more, and longer than any group may rest`,
    ]
  }
  const short = minutes.filter((each) => each.minutes < leastRetentionMinutes)
  if (short.length === 0) return []
  const found = [...new Set(short.map((each) => each.minutes))]
    .map((each) => `${each} (${Number((each / minutesPerDay).toFixed(1))} days)`)
    .join(', ')
  return [
    `${retentionName} is ${found} on broker ${short.map(({ id }) => id).join(', ')}: the positions of a group that rests for longer are ` +
      `forgotten, and its processor does not start again (STATE_LOST). Set it to ${leastRetentionMinutes} (30 days) or more in the settings of every broker`,
  ]
}

function copyWarnings(brokers: number, topics: readonly TopicDescription[]): string[] {
  if (brokers < brokersForCopies) return []
  const single = topics.filter(({ copies }) => copies === 1)
  const fragile = topics.filter(
    ({ copies, settings }) => copies >= brokersForCopies && settings['min.insync.replicas'] === '1',
  )
  const some = (named: readonly TopicDescription[]): string =>
    named.length === 1 ? `topic ${named[0]?.name} has` : `${named.length} topics have, ${named[0]?.name} among them,`
  return [
    ...(single.length > 0
      ? [
          `${some(single)} one copy on a cluster of ${brokers} brokers: with its broker the history is lost. ` +
            'Raise it with kafka-reassign-partitions; BARLINE_REPLICATION=3 is for topics not made yet',
        ]
      : []),
    ...(fragile.length > 0
      ? [
          `${some(fragile)} min.insync.replicas=1: a record may be confirmed that one broker alone holds. ` +
            'Set 2 with kafka-configs --alter --entity-type topics',
        ]
      : []),
  ]
}
