import type { RecordCodec } from '../avro/codec.ts'
import type { Log } from '../streams/port.ts'
import { readRange } from '../streams/task-inputs.ts'

const firstLookBack = 64

/** The time of the newest clock marker, UTC milliseconds, or undefined when the clock has not begun. */
export async function newestMarker(log: Log, codec: RecordCodec): Promise<number | undefined> {
  const clock = { topic: 'clock', partition: 0 }
  const bounds = [...(await log.bounds([clock])).values()][0]
  if (!bounds || bounds.end === bounds.start) return undefined
  const reader = await log.reader()
  try {
    // Offsets may be control records, so look further back until there is a marker or nothing before.
    for (let lookBack = firstLookBack; ; lookBack *= 8) {
      const from = Math.max(bounds.start, bounds.end - lookBack)
      let newest: number | undefined
      for await (const batch of readRange(reader, codec, { ...clock, offset: from }, bounds.end)) {
        for (const { input } of batch)
          if (input?.kind === 'marker') newest = Math.max(newest ?? input.marker.ts, input.marker.ts)
      }
      if (newest !== undefined || from === bounds.start) return newest
    }
  } finally {
    await reader.close()
  }
}
