import { isMarkerRecord } from '../streams/marker-record.ts'
import { type Log, type LogReader, type Position, partitionKey } from '../streams/port.ts'

const waitMs = 100

/** When the rows of a topic could be read, by the number of their bar; milliseconds of `performance`. */
export type Arrivals = { readonly at: ReadonlyMap<number, number>; readonly seenTwice: number }

type MutableArrivals = { readonly at: Map<number, number>; seenTwice: number }

/** Reads topics as a `read_committed` consumer does, from their present end on, and notes when each row could be read. */
export class RowWatcher {
  readonly #reader: LogReader
  readonly #indexOf: (symbol: string, ts: number) => number | undefined
  readonly #arrivals: ReadonlyMap<string, MutableArrivals>
  readonly #running: Promise<void>
  #positions: Position[]
  #isStopped = false

  private constructor(
    reader: LogReader,
    positions: Position[],
    indexOf: (symbol: string, ts: number) => number | undefined,
  ) {
    this.#reader = reader
    this.#positions = positions
    this.#indexOf = indexOf
    this.#arrivals = new Map(positions.map(({ topic }) => [topic, { at: new Map(), seenTwice: 0 }]))
    this.#running = this.#run()
  }

  /** `indexOf`: the number of a bar by symbol and close, which a row has as key and timestamp. */
  static async start(
    log: Log,
    topics: readonly string[],
    partitions: number,
    indexOf: (symbol: string, ts: number) => number | undefined,
  ): Promise<RowWatcher> {
    const all = topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })))
    const bounds = await log.bounds(all)
    const positions = all.map((each) => ({ ...each, offset: bounds.get(partitionKey(each))?.end ?? 0 }))
    return new RowWatcher(await log.reader(), positions, indexOf)
  }

  of(topic: string): Arrivals {
    return this.#arrivals.get(topic) ?? { at: new Map(), seenTwice: 0 }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
    await this.#reader.close()
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const fetched = await this.#reader.fetch(this.#positions, waitMs)
      const now = performance.now()
      for (const { topic, records } of fetched) {
        const arrivals = this.#arrivals.get(topic)
        for (const record of records) {
          if (!arrivals || isMarkerRecord(record)) continue
          const index = this.#indexOf(record.key?.toString('utf8') ?? '', record.timestamp)
          if (index === undefined) continue
          if (arrivals.at.has(index)) arrivals.seenTwice += 1
          else arrivals.at.set(index, now)
        }
      }
      this.#positions = fetched.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: nextOffset }))
    }
  }
}
