import type { BodyReaders, RecordCodec } from '../avro/codec.ts'
import { type Clock, systemClock } from './clock.ts'
import { isRetriable } from './errors.ts'
import { giveUp } from './give-up.ts'
import { type DecodedInput, decodeInput } from './input-record.ts'
import { type Fetched, type Log, type LogReader, type Position, partitionKey, type TopicPartition } from './port.ts'

const maxBuffered = 2_000
/** Bytes of values that all buffers of a worker hold together before only empty ones are filled. */
const defaultMaxBytes = 64_000_000
const longPollMs = 100
/** After a look that brought something the next one waits a moment, longer after one that brought much: a few large looks cost less than many small ones. */
const restMs = 15
const busyRecords = 64
const busyRestMs = 40
const firstBackoffMs = 50
const maxBackoffMs = 2_000

/** Records of one partition that have been read and not yet taken. */
export class InputBuffer {
  readonly where: TopicPartition
  readonly #records: DecodedInput[] = []
  /** Of each record, the look that brought it. */
  readonly #looks: number[] = []
  #first = 0
  #lastLook = 0
  /** Bytes of the values of the records in it. */
  bytes = 0
  /** Data records that were taken out of it. */
  dataTaken = 0
  /** Where the reader goes on. */
  nextOffset: number
  /** Whether the last look found nothing behind `nextOffset`. */
  caughtUp = false

  constructor({ topic, partition, offset }: Position) {
    this.where = { topic, partition }
    this.nextOffset = offset
  }

  get head(): DecodedInput | undefined {
    return this.#records[this.#first]
  }

  /** The look that brought the head or, where there is none, the last one. */
  get look(): number {
    return this.#looks[this.#first] ?? this.#lastLook
  }

  get length(): number {
    return this.#records.length - this.#first
  }

  get wantsMore(): boolean {
    return this.length < maxBuffered
  }

  /** Where a restart would have to go on: at the first record not taken. */
  get position(): number {
    return this.head?.raw.offset ?? this.nextOffset
  }

  take(): DecodedInput | undefined {
    const record = this.#records[this.#first]
    if (!record) return undefined
    this.#first += 1
    this.bytes -= sizeOfValue(record)
    if (record.input?.kind === 'data') this.dataTaken += 1
    if (this.#first > 512 && this.#first * 2 > this.#records.length) {
      this.#records.splice(0, this.#first)
      this.#looks.splice(0, this.#first)
      this.#first = 0
    }
    return record
  }

  /** Takes in what a look brought; `look`: its number. */
  put(fetched: Fetched, records: readonly DecodedInput[], look: number): void {
    this.#lastLook = look
    for (const record of records) {
      this.#records.push(record)
      this.#looks.push(look)
      this.bytes += sizeOfValue(record)
    }
    this.nextOffset = fetched.nextOffset
    this.caughtUp = records.length === 0 && fetched.nextOffset >= fetched.endOffset
  }
}

const sizeOfValue = ({ raw }: DecodedInput): number => raw.value?.length ?? 0

/** How a feed differs from the usual. */
export type FeedOptions = {
  /** Told of each error that is being waited out. */
  readonly onWaiting?: (error: unknown) => void
  readonly maxBytes?: number
  /** How records are read that are wanted in another form than usual. */
  readonly readers?: BodyReaders | undefined
  readonly clock?: Clock
}

/**
 * Reads all partitions of a worker's tasks into bounded buffers, in one request a round. A full buffer is left out of the
 * request, so a task that cannot go on stops its own inputs only; when the buffers together hold too many bytes, those that hold
 * anything are left out. Errors that may pass are told to `onWaiting` and waited out; others
 * go to `onError`.
 */
export class InputFeed {
  readonly #log: Log
  readonly #codec: RecordCodec
  readonly #onError: (error: unknown) => void
  readonly #onWaiting: (error: unknown) => void
  readonly #maxBytes: number
  readonly #readers: BodyReaders | undefined
  readonly #clock: Clock
  readonly #buffers = new Map<string, InputBuffer>()
  readonly #listeners = new Set<() => void>()
  #reader: LogReader | undefined
  #looks = 0
  /** How many records the last look brought. */
  #brought = 0
  #running: Promise<void> | undefined
  #closed = false

  constructor(
    log: Log,
    codec: RecordCodec,
    onError: (error: unknown) => void,
    { onWaiting = () => {}, maxBytes = defaultMaxBytes, readers, clock = systemClock }: FeedOptions = {},
  ) {
    this.#log = log
    this.#codec = codec
    this.#onError = onError
    this.#onWaiting = onWaiting
    this.#maxBytes = maxBytes
    this.#readers = readers
    this.#clock = clock
  }

  /** Starts reading from these positions; the buffers come back in the same order. */
  open(positions: readonly Position[]): InputBuffer[] {
    const opened = positions.map((position) => new InputBuffer(position))
    for (const buffer of opened) this.#buffers.set(partitionKey(buffer.where), buffer)
    this.#running ??= this.#run()
    return opened
  }

  /** Stops reading into these buffers. */
  release(buffers: readonly InputBuffer[]): void {
    for (const buffer of buffers) {
      const key = partitionKey(buffer.where)
      if (this.#buffers.get(key) === buffer) this.#buffers.delete(key)
    }
  }

  /** Resolves after the next round, or after `timeoutMs`. */
  async changed(timeoutMs: number): Promise<void> {
    let listener = () => {}
    const noticed = new Promise<void>((resolve) => {
      listener = resolve
      this.#listeners.add(resolve)
    })
    const timer = new AbortController()
    await Promise.race([noticed, this.#clock.sleep(timeoutMs, timer.signal)])
    timer.abort()
    this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#buffers.clear()
    await this.#running
    if (this.#reader) await giveUp(this.#reader)
  }

  async #run(): Promise<void> {
    let backoffMs = firstBackoffMs
    while (!this.#closed) {
      try {
        this.#brought = await this.#round()
        backoffMs = firstBackoffMs
        if (this.#brought > 0 && !this.#closed) {
          await this.#clock.sleep(this.#brought >= busyRecords ? busyRestMs : restMs)
        }
      } catch (error) {
        if (isRetriable(error) === true) this.#onWaiting(error)
        else this.#onError(error)
        await this.#clock.sleep(backoffMs)
        backoffMs = Math.min(backoffMs * 2, maxBackoffMs)
      }
    }
  }

  /** One look at every partition that wants more; resolves to the number of records it brought. */
  async #round(): Promise<number> {
    const buffers = [...this.#buffers.values()]
    const isHeavy = buffers.reduce((sum, { bytes }) => sum + bytes, 0) > this.#maxBytes
    const wanting = buffers.filter((buffer) => (isHeavy ? buffer.length === 0 : buffer.wantsMore))
    if (wanting.length === 0) {
      await this.#clock.sleep(5)
      return 0
    }
    this.#reader ??= await this.#log.reader()
    const positions = wanting.map(({ where, nextOffset }) => ({ ...where, offset: nextOffset }))
    // What has just come may wait for a look that finds nothing before it in other inputs.
    const fetched = await this.#reader.fetch(positions, this.#brought > 0 ? 0 : longPollMs)
    const decoded = await Promise.all(fetched.map((each) => this.#decode(each)))
    this.#looks += 1
    fetched.forEach((each, index) => {
      const buffer = this.#buffers.get(partitionKey(each))
      if (buffer && wanting.includes(buffer)) buffer.put(each, decoded[index] ?? [], this.#looks)
    })
    for (const listener of this.#listeners) listener()
    return decoded.reduce((sum, records) => sum + records.length, 0)
  }

  async #decode(fetched: Fetched): Promise<DecodedInput[]> {
    const where = { topic: fetched.topic, partition: fetched.partition }
    const records: DecodedInput[] = []
    for (const raw of fetched.records) records.push(await decodeInput(this.#codec, where, raw, this.#readers))
    return records
  }
}
