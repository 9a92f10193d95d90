import type { OutgoingRecord } from '../port.ts'
import { sizeOf } from '../record-size.ts'

/** A broker refuses a batch over `message.max.bytes`, and a request holds one batch of a partition. */
const maxBytesPerPartition = 700_000

type Fill = { request: number; bytes: number }

/** Cuts records into requests that the client and the broker take well; order within a partition is kept. */
export function cutIntoRequests(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const requests: OutgoingRecord[][] = []
  const fills = new Map<string, Fill>()
  for (const record of records) {
    const place = `${record.topic}[${record.partition}]`
    const bytes = sizeOf(record)
    let fill = fills.get(place)
    if (!fill || fill.bytes + bytes > maxBytesPerPartition) {
      fill = { request: fill ? fill.request + 1 : 0, bytes: 0 }
      fills.set(place, fill)
    }
    fill.bytes += bytes
    const request = requests[fill.request]
    if (request) request.push(record)
    else requests[fill.request] = [record]
  }
  return requests
}
