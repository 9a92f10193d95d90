import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordCodec } from '../../avro/codec.ts'
import { TAPE_BAR } from '../../processors/ingest/tape-record.ts'
import type { DecodedInput } from '../../streams/input-record.ts'
import { type Log, type LogReader, type OutgoingRecord, partitionKey, type TopicPartition } from '../../streams/port.ts'
import { readRange } from '../../streams/task-inputs.ts'
import { ReplayRefusedError } from './replay-error.ts'

/** Part of a partition of the installation that a replay is fed with: offsets from `start` to before `end`. */
export type FeedPart = TopicPartition & { readonly start: number; readonly end: number }

/** What a replay is fed with, and how. */
export type FeedOptions = {
  readonly source: Log
  readonly target: Log
  readonly codec: RecordCodec
  readonly parts: readonly FeedPart[]
  /** Which records are of the replay. */
  readonly wants: (record: DecodedInput) => boolean
  /** Bars a second; without it as fast as it goes. */
  readonly barsPerSecond?: number | undefined
  /** Offsets passed and offsets in all. */
  readonly onProgress?: (done: number, total: number) => void
  /** Ends the feed where it is. */
  readonly signal?: AbortSignal
}

/** How many records a replay was fed with; `found`: those of them that an earlier command had put there. */
export type Fed = { readonly records: number; readonly bars: number; readonly found: number }

const recordsPerTransaction = 1_000
/** Bars go out in slices of this length: a transaction for each bar would be slower than most paces. */
const sliceMs = 50

type Source = {
  readonly part: FeedPart
  readonly records: AsyncGenerator<DecodedInput>
  readonly found: AsyncGenerator<DecodedInput>
  head: DecodedInput | undefined
}

/**
 * Copies the parts into the topics of the replay, in the order of `known_at`, so that no partition runs ahead of the others. What an
 * earlier feed left there is compared and passed over: a feed that was cut off goes on where it stopped. Throws
 * `ReplayRefusedError` when something else is there, and `FencedError` when another command feeds the same replay.
 */
export async function feed(options: FeedOptions): Promise<Fed> {
  const { source, target, codec, parts } = options
  const writer = await target.writer('feed')
  const readers = await Promise.all([source.reader(), target.reader()])
  try {
    await writer.fence()
    const written = await target.bounds(parts)
    const sources = parts.map((part): Source => {
      const found = { start: 0, ...written.get(partitionKey(part)) }
      return {
        part,
        records: recordsOf(readers[0], codec, part, part.start, part.end),
        found: recordsOf(readers[1], codec, part, found.start, found.end ?? 0),
        head: undefined,
      }
    })
    return await new Feeding(options, sources, (records) => writer.commit({ records })).run()
  } finally {
    await Promise.all([writer.close(), ...readers.map((reader) => reader.close())])
  }
}

class Feeding {
  readonly #options: FeedOptions
  readonly #sources: readonly Source[]
  readonly #commit: (records: readonly OutgoingRecord[]) => Promise<void>
  readonly #startedAt = performance.now()
  readonly #total: number
  #waiting: OutgoingRecord[] = []
  #records = 0
  #bars = 0
  #pacedBars = 0
  #found = 0

  constructor(
    options: FeedOptions,
    sources: readonly Source[],
    commit: (records: readonly OutgoingRecord[]) => Promise<void>,
  ) {
    this.#options = options
    this.#sources = sources
    this.#commit = commit
    this.#total = options.parts.reduce((sum, { start, end }) => sum + Math.max(0, end - start), 0)
  }

  async run(): Promise<Fed> {
    const { signal } = this.#options
    for (const source of this.#sources) await this.#advance(source)
    for (;;) {
      signal?.throwIfAborted()
      const source = earliest(this.#sources)
      if (source?.head === undefined) break
      await this.#take(source, source.head)
      await this.#advance(source)
    }
    await this.#flush()
    for (const { part, found } of this.#sources) if (!(await found.next()).done) throw otherRecords(part)
    return { records: this.#records, bars: this.#bars, found: this.#found }
  }

  async #take({ part, found }: Source, record: DecodedInput): Promise<void> {
    const isBar = record.input?.kind === 'data' && record.input.recordName === TAPE_BAR
    this.#records += 1
    if (isBar) this.#bars += 1
    const known = await found.next()
    if (!known.done) {
      if (!isSame(known.value, record)) throw otherRecords(part)
      this.#found += 1
      return
    }
    if (isBar) await this.#pace()
    this.#waiting.push(outgoing(part, record))
    if (this.#waiting.length >= recordsPerTransaction) await this.#flush()
  }

  async #pace(): Promise<void> {
    const { barsPerSecond, signal } = this.#options
    if (barsPerSecond === undefined) return
    const earlyMs = this.#startedAt + (this.#pacedBars / barsPerSecond) * 1_000 - performance.now()
    this.#pacedBars += 1
    if (earlyMs < sliceMs) return
    await this.#flush()
    await sleep(earlyMs, undefined, signal ? { signal } : {})
  }

  async #flush(): Promise<void> {
    const records = this.#waiting
    this.#waiting = []
    if (records.length > 0) await this.#commit(records)
    const left = this.#sources.reduce((sum, { part, head }) => sum + (head ? part.end - head.raw.offset : 0), 0)
    this.#options.onProgress?.(this.#total - left, this.#total)
  }

  /** Makes the next record of the replay the head. */
  async #advance(source: Source): Promise<void> {
    for (;;) {
      const { value, done } = await source.records.next()
      source.head = done ? undefined : value
      if (source.head === undefined || this.#options.wants(source.head)) return
    }
  }
}

async function* recordsOf(
  reader: LogReader,
  codec: RecordCodec,
  { topic, partition }: TopicPartition,
  start: number,
  end: number,
): AsyncGenerator<DecodedInput> {
  for await (const batch of readRange(reader, codec, { topic, partition, offset: start }, end)) yield* batch
}

function earliest(sources: readonly Source[]): Source | undefined {
  let first: Source | undefined
  let firstKnownAt = Number.POSITIVE_INFINITY
  for (const source of sources) {
    if (source.head === undefined) continue
    const knownAt = knownAtOf(source.head)
    if (first !== undefined && knownAt >= firstKnownAt) continue
    first = source
    firstKnownAt = knownAt
  }
  return first
}

/** A record that cannot be read waits for nothing. */
function knownAtOf({ input }: DecodedInput): number {
  if (input === undefined) return Number.NEGATIVE_INFINITY
  return Number(input.kind === 'marker' ? input.marker.known_at : input.value.known_at)
}

function isSame(a: DecodedInput, b: DecodedInput): boolean {
  const [left, right] = [a.raw, b.raw]
  const equal = (x: Buffer | null, y: Buffer | null) => Buffer.compare(x ?? Buffer.alloc(0), y ?? Buffer.alloc(0)) === 0
  return left.timestamp === right.timestamp && equal(left.key, right.key) && equal(left.value, right.value)
}

function outgoing({ topic, partition }: FeedPart, { raw }: DecodedInput): OutgoingRecord {
  return {
    topic,
    partition,
    key: raw.key ?? Buffer.alloc(0),
    value: raw.value ?? Buffer.alloc(0),
    timestamp: raw.timestamp,
    headers: Object.fromEntries(raw.headers.map(({ name, value }) => [name, value.toString('utf8')])),
  }
}

function otherRecords(part: TopicPartition): ReplayRefusedError {
  return new ReplayRefusedError(
    `${partitionKey(part)} of the replay holds other records than those that it is fed from: the topic was made anew, or the ` +
      'replay was written by hand. Delete the replay with --clean, or take another name',
  )
}
