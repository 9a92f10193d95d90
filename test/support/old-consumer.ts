import { decodeInput } from '../../streams/input-record.ts'
import { partitionKey } from '../../streams/port.ts'
import type { Installation } from './installation.ts'

/** A data record as a consumer read it. */
export type ConsumedRow = { readonly place: string; readonly value: Readonly<Record<string, unknown>> }

/** A consumer that follows a topic until it is stopped. */
export type Consumer = {
  /** What it read so far, in the order in which it came. */
  readonly rows: readonly ConsumedRow[]
  /** Why records could not be read. */
  readonly refused: readonly string[]
  /** Reads to the present end and stops. */
  stop(): Promise<void>
}

const WAIT_MS = 100

/** Follows a topic from its beginning with the schemas of this release, over one connection and one codec. */
export async function followTopic({ log, codec, config }: Installation, topic: string): Promise<Consumer> {
  const all = Array.from({ length: config.partitions }, (_, partition) => ({ topic, partition }))
  const rows: ConsumedRow[] = []
  const refused: string[] = []
  const reader = await log.reader()
  let positions = all.map((each) => ({ ...each, offset: 0 }))
  let until: ReadonlyMap<string, number> | undefined
  const isThere = (ends: ReadonlyMap<string, number>) =>
    positions.every((each) => each.offset >= (ends.get(partitionKey(each)) ?? 0))
  const run = async (): Promise<void> => {
    while (until === undefined || !isThere(until)) {
      const fetched = await reader.fetch(positions, WAIT_MS)
      for (const { partition, records } of fetched) {
        for (const raw of records) {
          const { input, refusal } = await decodeInput(codec, { topic, partition }, raw)
          const place = `${partition}@${raw.offset}`
          if (refusal !== undefined) refused.push(`${place}: ${refusal.message}`)
          if (input?.kind === 'data') rows.push({ place, value: input.value })
        }
      }
      positions = fetched.map(({ partition, nextOffset }) => ({ topic, partition, offset: nextOffset }))
    }
  }
  const running = run().finally(() => reader.close())
  running.catch(() => undefined)
  return {
    rows,
    refused,
    async stop() {
      const bounds = await log.bounds(all)
      until = new Map([...bounds].map(([key, { end }]) => [key, end]))
      await running
    },
  }
}
