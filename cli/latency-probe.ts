import type { RecordCodec } from '../avro/codec.ts'
import { decodeInput } from '../streams/input-record.ts'
import { type Log, type LogReader, type Position, partitionKey } from '../streams/port.ts'

/** Percentiles in milliseconds. */
export type Percentiles = { readonly count: number; readonly p50: number; readonly p99: number }

/** What the probe saw: bar appended to raw score readable, and raw score readable to blended score readable. */
export type Latencies = { readonly barToRawScore: Percentiles; readonly barrierWait: Percentiles }

type Seen = { appendedAt?: number; rawAt?: number; blendedAt?: number }

const watched = ['market.bars', 'scores.raw', 'scores'] as const

/** Percentiles of a list of milliseconds; zeros when it is empty. */
export function percentiles(millis: readonly number[]): Percentiles {
  const sorted = [...millis].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) }
}

/**
 * Watches bars and scores as a `read_committed` consumer would. The time of a bar is its log append time, that of a score the
 * moment it could be read here; both clocks are this machine's when the broker is embedded.
 */
export class LatencyProbe {
  readonly #codec: RecordCodec
  readonly #reader: LogReader
  readonly #seen = new Map<string, Seen>()
  #positions: Position[]
  #running: Promise<void>
  #stopped = false

  private constructor(codec: RecordCodec, reader: LogReader, positions: Position[]) {
    this.#codec = codec
    this.#reader = reader
    this.#positions = positions
    this.#running = this.#run()
  }

  /** Starts watching at the present end of the topics. */
  static async start(log: Log, codec: RecordCodec, partitions: number): Promise<LatencyProbe> {
    const all = watched.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })))
    const bounds = await log.bounds(all)
    const positions = all.map((each) => ({ ...each, offset: bounds.get(partitionKey(each))?.end ?? 0 }))
    return new LatencyProbe(codec, await log.reader(), positions)
  }

  async stop(): Promise<Latencies> {
    this.#stopped = true
    await this.#running
    await this.#reader.close()
    const barToRaw: number[] = []
    const wait: number[] = []
    for (const { appendedAt, rawAt, blendedAt } of this.#seen.values()) {
      if (appendedAt !== undefined && rawAt !== undefined) barToRaw.push(rawAt - appendedAt)
      if (rawAt !== undefined && blendedAt !== undefined) wait.push(blendedAt - rawAt)
    }
    return { barToRawScore: percentiles(barToRaw), barrierWait: percentiles(wait) }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const fetched = await this.#reader.fetch(this.#positions, 100)
      const now = Date.now()
      for (const { topic, partition, records } of fetched) {
        for (const raw of records) {
          const { input } = await decodeInput(this.#codec, { topic, partition }, raw)
          if (input?.kind === 'data') this.#note(topic, input.value, raw.timestamp, now)
        }
      }
      this.#positions = fetched.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: nextOffset }))
    }
  }

  #note(topic: string, value: Readonly<Record<string, unknown>>, timestamp: number, now: number): void {
    const key = `${value.symbol}/${value.timeframe}/${value.ts ?? value.ts_close}`
    const seen = this.#seen.get(key) ?? {}
    this.#seen.set(key, seen)
    if (topic === 'market.bars') seen.appendedAt = timestamp
    else if (topic === 'scores.raw') seen.rawAt ??= now
    else seen.blendedAt ??= now
  }
}
