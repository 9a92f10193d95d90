import { setTimeout as sleep } from 'node:timers/promises'
import { CompressionTypes, Kafka, logLevel, type Message, type Producer } from 'kafkajs'
import type { RecordCodec } from '../avro/codec.ts'
import type { Bucket, Calendar } from '../catalog/calendar.ts'
import { partitionOfKey } from '../streams/kafka/partitioner.ts'
import { markerRecord } from '../streams/marker-record.ts'
import { hoursBetween, marketSymbols, pricesAt } from './hourly-bars.ts'

/** The market that a feed sends: hourly bars of so many symbols, hour by hour. */
export type FeedOptions = {
  readonly brokers: readonly string[]
  readonly codec: RecordCodec
  readonly partitions: number
  readonly calendar: Calendar
  readonly graceMs: number
  readonly symbols: number
  readonly fromMs: number
  readonly untilMs: number
  /** Where the bars go, if not to the topic of the chain: they then go without the clock. */
  readonly topic?: string
}

/** How fast a feed sends. `tickMs`: what has become due in this time is sent together. */
export type Pace = { readonly barsPerSecond: number; readonly tickMs: number }

/** What a paced part of a feed was: bar `first + i` was due at `startedAt + i * msPerBar`, in milliseconds of `performance`. */
export type PacedPart = {
  readonly first: number
  readonly bars: number
  readonly startedAt: number
  readonly msPerBar: number
  readonly seconds: number
  /** Longest time between a bar's turn and the broker's answer to it. */
  readonly latestMs: number
}

type Batch = Map<string, Message[]>

const barsPerBatch = 2_000

/**
 * Sends a market's bars to the raw topic as a live feed does, without transactions, each hour's clock marker behind its bars. The pace
 * is that of the clock and of nothing else: a bar's turn comes when it comes, whether those before it have been answered or not.
 */
export class PacedFeed {
  readonly #options: FeedOptions
  readonly #producer: Producer
  readonly #hours: readonly Bucket[]
  readonly #symbols: readonly { readonly name: string; readonly partition: number }[]
  readonly #numbers: ReadonlyMap<string, number>
  readonly #places: ReadonlyMap<number, number>
  #next = 0

  private constructor(options: FeedOptions, producer: Producer) {
    const { calendar, fromMs, untilMs, symbols, partitions } = options
    this.#options = options
    this.#producer = producer
    this.#hours = hoursBetween(calendar, fromMs, untilMs)
    this.#places = new Map(this.#hours.map(({ closeMs }, place) => [closeMs, place]))
    const names = marketSymbols(symbols)
    this.#symbols = names.map((name) => ({ name, partition: partitionOfKey(name, partitions) }))
    this.#numbers = new Map(names.map((name, number) => [name, number]))
  }

  static async open(options: FeedOptions): Promise<PacedFeed> {
    const kafka = new Kafka({ clientId: 'bench-feed', brokers: [...options.brokers], logLevel: logLevel.NOTHING })
    // A broker that gets no time to run is waited for: the delay shows in the figures.
    const retry = { initialRetryTime: 50, multiplier: 1.5, maxRetryTime: 1_000, retries: 100 }
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, retry })
    await producer.connect()
    const feed = new PacedFeed(options, producer)
    await feed.#sendFirstMarker()
    return feed
  }

  /** The number of a bar in the order of the feed, by its symbol and close; undefined when it is none of it. */
  indexOf(symbol: string, closeMs: number): number | undefined {
    const [place, number] = [this.#places.get(closeMs), this.#numbers.get(symbol)]
    return place === undefined || number === undefined ? undefined : place * this.#symbols.length + number
  }

  /** Sends the bars of so many hours as fast as the broker takes them. */
  async sendAtOnce(hours: number): Promise<void> {
    const end = this.#next + hours * this.#symbols.length
    while (this.#next < end) await this.#send(Math.min(end, this.#next + barsPerBatch))
  }

  /** Sends bars at a pace for so long, or until the signal is aborted. Throws RangeError when the market is at its end. */
  async sendPaced({ barsPerSecond, tickMs }: Pace, seconds: number, signal?: AbortSignal): Promise<PacedPart> {
    const first = this.#next
    const msPerBar = 1_000 / barsPerSecond
    const bars = Math.round(seconds * barsPerSecond)
    const startedAt = performance.now()
    let latestMs = 0
    while (this.#next < first + bars && !signal?.aborted) {
      const due = first + Math.min(bars, Math.floor((performance.now() - startedAt) / msPerBar) + 1)
      if (due > this.#next) {
        const turnOfFirst = startedAt + (this.#next - first) * msPerBar
        await this.#send(due)
        latestMs = Math.max(latestMs, performance.now() - turnOfFirst)
      }
      const nextTick = startedAt + Math.ceil((performance.now() - startedAt) / tickMs) * tickMs
      await sleep(Math.max(0, nextTick - performance.now()))
    }
    const took = (performance.now() - startedAt) / 1_000
    return { first, bars: this.#next - first, startedAt, msPerBar, seconds: took, latestMs }
  }

  async close(): Promise<void> {
    await this.#producer.disconnect()
  }

  /** Sends the bars up to before `end`. A marker is sent once the broker has the bars before it. */
  async #send(end: number): Promise<void> {
    let batch: Batch = new Map()
    for (; this.#next < end; this.#next += 1) {
      const place = Math.floor(this.#next / this.#symbols.length)
      const symbol = this.#next % this.#symbols.length
      const hour = this.#hours[place]
      if (!hour) throw new RangeError(`The market has ${this.#hours.length} hours; the feed needs more`)
      this.#addBar(batch, symbol, place, hour)
      if (symbol + 1 < this.#symbols.length || this.#options.topic !== undefined) continue
      await this.#flush(batch)
      batch = new Map()
      this.#addMarker(batch, hour.closeMs + this.#options.graceMs + 1)
    }
    await this.#flush(batch)
  }

  async #sendFirstMarker(): Promise<void> {
    const [hour] = this.#hours
    if (!hour || this.#options.topic !== undefined) return
    const batch: Batch = new Map()
    this.#addMarker(batch, hour.openMs)
    await this.#flush(batch)
  }

  async #flush(batch: Batch): Promise<void> {
    if (batch.size === 0) return
    const topicMessages = [...batch].map(([topic, messages]) => ({ topic, messages }))
    await this.#producer.sendBatch({ topicMessages, acks: -1, compression: CompressionTypes.None })
  }

  #addBar(batch: Batch, symbol: number, place: number, { openMs, closeMs }: Bucket): void {
    const { codec, topic } = this.#options
    const { name, partition } = this.#symbols[symbol] ?? { name: '', partition: 0 }
    const value = codec.encode('market.bars', 'barline.market.Bar', {
      symbol: name,
      timeframe: '1h',
      ts_open: openMs,
      ts_close: closeMs,
      known_at: closeMs,
      ...pricesAt(symbol, place),
      source: 'bench',
    })
    push(batch, topic ?? 'market.bars', {
      key: name,
      value,
      partition,
      timestamp: String(closeMs),
    })
  }

  #addMarker(batch: Batch, ts: number): void {
    const { codec, partitions } = this.#options
    for (let partition = 0; partition < partitions; partition += 1) {
      const { key, value, timestamp, headers } = markerRecord(
        codec,
        { topic: 'clock', partition },
        { kind: 'clock', ts, known_at: ts },
      )
      const texts = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)]))
      push(batch, 'clock', { key, value, partition, timestamp: String(timestamp), headers: texts })
    }
  }
}

function push(batch: Batch, topic: string, message: Message): void {
  const messages = batch.get(topic)
  if (messages) messages.push(message)
  else batch.set(topic, [message])
}
