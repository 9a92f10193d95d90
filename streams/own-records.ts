import { topics } from '../topics/topics.ts'
import { type Log, partitionKey, type TopicPartition } from './port.ts'
import { readPartition } from './stretch.ts'

/**
 * The partitions that a task with these inputs alone writes: its outputs and its snapshots. Its dead letters are left out: they say of
 * what was refused, which is so again for who reads it again.
 */
export function ownPartitions(processor: string, inputs: readonly TopicPartition[]): TopicPartition[] {
  const mine = [...new Set(inputs.map(({ partition }) => partition))]
  return topics
    .filter(({ id, owner, status }) => owner === processor && status === 'active' && id !== `dead-letters.${processor}`)
    .flatMap(({ id, partitions }) =>
      (partitions === 1 ? mine.slice(0, 1) : mine).map((partition): TopicPartition => ({ topic: id, partition })),
    )
}

/** The first of these partitions on which anything has been committed and is kept; aborted records do not count. */
export async function firstWithRecords(
  log: Log,
  partitions: readonly TopicPartition[],
): Promise<TopicPartition | undefined> {
  const bounds = await log.bounds(partitions)
  const filled = partitions.flatMap((where) => {
    const { start, end } = bounds.get(partitionKey(where)) ?? { start: 0, end: 0 }
    return end > start ? [{ where, start, end }] : []
  })
  for (const { where, start, end } of filled) {
    for await (const _records of readPartition(log, where, { start, end })) return where
  }
  return undefined
}
