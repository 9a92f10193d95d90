import { isMarkerRecord } from '../streams/marker-record.ts'
import type { Log } from '../streams/port.ts'
import { partitionKey } from '../streams/port.ts'

/** Committed records of a topic, as a `read_committed` consumer reads them. */
export type TopicCount = { readonly topic: string; readonly dataRecords: number; readonly markers: number }

const waitMs = 200

/** Counts the records of topics by reading all of them; one look goes over all partitions that are not at their end. */
export async function countTopics(log: Log, topics: readonly string[], partitions: number): Promise<TopicCount[]> {
  const all = topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })))
  const bounds = await log.bounds(all)
  const counts = new Map(topics.map((topic) => [topic, { topic, dataRecords: 0, markers: 0 }]))
  const reader = await log.reader()
  try {
    let positions = all
      .map((each) => ({ ...each, offset: bounds.get(partitionKey(each))?.start ?? 0 }))
      .filter((each) => each.offset < (bounds.get(partitionKey(each))?.end ?? 0))
    while (positions.length > 0) {
      const fetched = await reader.fetch(positions, waitMs)
      const next = new Map(fetched.map((each) => [partitionKey(each), each.nextOffset]))
      for (const { topic, records } of fetched) {
        const count = counts.get(topic)
        const markers = records.reduce((sum, record) => sum + (isMarkerRecord(record) ? 1 : 0), 0)
        if (!count) continue
        count.markers += markers
        count.dataRecords += records.length - markers
      }
      positions = positions
        .map((each) => ({ ...each, offset: next.get(partitionKey(each)) ?? each.offset }))
        .filter((each) => each.offset < (bounds.get(partitionKey(each))?.end ?? 0))
    }
  } finally {
    await reader.close()
  }
  return [...counts.values()]
}
