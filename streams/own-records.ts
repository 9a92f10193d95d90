import { topics } from '../topics/topics.ts'
import { type Log, type LogReader, type Position, partitionKey, type TopicPartition } from './port.ts'

const readWaitMs = 500

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
  if (filled.length === 0) return undefined
  const reader = await log.reader()
  try {
    for (const { where, start, end } of filled) {
      if (await holdsRecords(reader, { ...where, offset: start }, end)) return where
    }
    return undefined
  } finally {
    await reader.close()
  }
}

async function holdsRecords(reader: LogReader, from: Position, end: number): Promise<boolean> {
  for (let offset = from.offset; offset < end; ) {
    const [fetched] = await reader.fetch([{ ...from, offset }], readWaitMs)
    if (!fetched) return false
    if (fetched.records.some((record) => record.offset < end)) return true
    offset = fetched.nextOffset
  }
  return false
}
