import { isMarkerRecord } from '../streams/marker-record.ts'
import type { Log } from '../streams/port.ts'
import { partitionKey } from '../streams/port.ts'

/** Committed records of a topic, as a `read_committed` consumer reads them. */
export type TopicCount = { readonly topic: string; readonly dataRecords: number; readonly markers: number }

/** Counts the records of a topic by reading all of them. */
export async function countTopic(log: Log, topic: string, partitions: number): Promise<TopicCount> {
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const bounds = await log.bounds(all)
  const reader = await log.reader()
  let dataRecords = 0
  let markers = 0
  try {
    let positions = all.map((each) => ({ ...each, offset: bounds.get(partitionKey(each))?.start ?? 0 }))
    while (positions.length > 0) {
      const fetched = await reader.fetch(positions, 200)
      for (const { records } of fetched) {
        for (const record of records) {
          if (isMarkerRecord(record)) markers += 1
          else dataRecords += 1
        }
      }
      positions = fetched
        .filter((each) => each.nextOffset < (bounds.get(partitionKey(each))?.end ?? 0))
        .map((each) => ({ topic: each.topic, partition: each.partition, offset: each.nextOffset }))
    }
  } finally {
    await reader.close()
  }
  return { topic, dataRecords, markers }
}
