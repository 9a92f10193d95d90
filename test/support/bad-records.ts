import type { RecordCodec } from '../../avro/codec.ts'
import type { RefusalReason } from '../../processors/refusal.ts'

/** A record as an outside producer would send it. */
export type RawRecord = { readonly key: string | null; readonly value: Buffer | null }

/** What ingest makes of a record that it does not put on the tape. */
export type Verdict = RefusalReason | 'DUPLICATE'

/** A kind of record that the tape does not take. `make` gives one for a partition. */
export type BadKind = {
  readonly title: string
  readonly topic: 'market.bars' | 'market.events'
  readonly verdict: Verdict
  /** Whether its bytes or its type keep the sink, too, from storing it as a row. */
  readonly unstorable?: boolean
  readonly make: (desk: Desk) => RawRecord
}

const minuteMs = 60_000

/** The time of the clock marker that the tape has first. */
export const clockStart = Date.UTC(2024, 0, 2, 15, 0)

/** Makes records of one partition, whose symbol has bars of the minutes 10 and 20 and a dividend on the tape. */
export class Desk {
  readonly #codec: RecordCodec
  readonly symbol: string
  #minute = 20

  constructor(codec: RecordCodec, symbol: string) {
    this.#codec = codec
    this.symbol = symbol
  }

  /** A bar of the given minute after {@link clockStart}. */
  bar(minute: number, changes: Readonly<Record<string, unknown>> = {}, key = this.symbol): RawRecord {
    const opened = clockStart + (minute - 1) * minuteMs
    const times = { ts_open: opened, ts_close: opened + minuteMs, known_at: opened + minuteMs }
    const prices = { open: 10, high: 12, low: 9, close: 11, volume: 100 }
    const bar = { symbol: this.symbol, timeframe: '1m', ...times, ...prices, source: 'test', ...changes }
    return { key, value: this.#codec.encode('market.bars', 'barline.market.Bar', bar) }
  }

  /** A bar behind all others. */
  nextBar(changes: Readonly<Record<string, unknown>> = {}, key = this.symbol): RawRecord {
    this.#minute += 1
    return this.bar(this.#minute, changes, key)
  }

  /** An event that takes effect `day` days after {@link clockStart}. */
  event(day: number, changes: Readonly<Record<string, unknown>> = {}): RawRecord {
    const effective = clockStart + day * 24 * 60 * minuteMs
    const dividend = {
      event_type: 'dividend',
      effective_at: effective,
      known_at: clockStart,
      value: 0.25,
      detail: null,
    }
    const event = { symbol: this.symbol, ...dividend, ...changes }
    return { key: this.symbol, value: this.#codec.encode('market.events', 'barline.market.CorporateEvent', event) }
  }

  /** A sound record that goes on the tape. */
  sound(topic: BadKind['topic']): RawRecord {
    if (topic === 'market.bars') return this.nextBar()
    this.#minute += 1
    return this.event(this.#minute)
  }
}

/** A symbol whose source reports volume. */
const withVolume = 'SPX'

const inFuture = Date.UTC(2090, 0, 1)

const bar = (title: string, verdict: Verdict, make: BadKind['make']): BadKind => ({
  title,
  topic: 'market.bars',
  verdict,
  make,
})

const unstorable = (kind: BadKind): BadKind => ({ ...kind, unstorable: true })

const event = (title: string, verdict: Verdict, make: BadKind['make']): BadKind => ({
  title,
  topic: 'market.events',
  verdict,
  make,
})

function withSchemaId({ key, value }: RawRecord, schemaId: number): RawRecord {
  value?.writeInt32BE(schemaId, 1)
  return { key, value }
}

const truncated = ({ key, value }: RawRecord): RawRecord => ({
  key,
  value: value?.subarray(0, value.length - 9) ?? null,
})

/** Every kind of bad record. `late` needs the clock to stand at {@link clockStart} and `graceMs` to be less than a day. */
export const badKinds: readonly BadKind[] = [
  unstorable(bar('text', 'NOT_AVRO', ({ symbol }) => ({ key: symbol, value: Buffer.from('{"close": 11}\xff\x00') }))),
  unstorable(bar('nothing', 'NOT_AVRO', () => ({ key: null, value: null }))),
  unstorable(bar('four bytes', 'NOT_AVRO', ({ symbol }) => ({ key: symbol, value: Buffer.from([0, 0, 0, 1]) }))),
  unstorable(bar('an unknown schema id', 'UNKNOWN_SCHEMA', (desk) => withSchemaId(desk.nextBar(), 987_654_321))),
  unstorable(bar('a truncated body', 'UNDECODABLE_BODY', (desk) => truncated(desk.nextBar()))),
  unstorable(bar('an event among the bars', 'UNEXPECTED_RECORD', (desk) => desk.event(3))),
  bar('NaN', 'NOT_FINITE', (desk) => desk.nextBar({ close: Number.NaN })),
  bar('an infinite volume', 'NOT_FINITE', (desk) => desk.nextBar({ volume: Number.POSITIVE_INFINITY })),
  bar('a negative price', 'NEGATIVE_PRICE', (desk) => desk.nextBar({ low: -1 })),
  bar('high below low', 'HIGH_BELOW_LOW', (desk) => desk.nextBar({ high: 8 })),
  bar('open outside the range', 'OPEN_OUTSIDE_RANGE', (desk) => desk.nextBar({ open: 8.99 })),
  bar('close outside the range', 'CLOSE_OUTSIDE_RANGE', (desk) => desk.nextBar({ close: 12.01 })),
  bar('a negative volume', 'NEGATIVE_VOLUME', (desk) => desk.nextBar({ volume: -1 })),
  bar('a moved price without volume', 'VOLUME_MISSING', (desk) =>
    desk.nextBar({ symbol: withVolume, volume: 0 }, withVolume),
  ),
  bar('an empty symbol', 'EMPTY_SYMBOL', (desk) => desk.nextBar({ symbol: '' }, '')),
  bar('another symbol than its key', 'KEY_MISMATCH', (desk) => desk.nextBar({}, 'OTHER')),
  bar('an unknown timeframe', 'UNKNOWN_TIMEFRAME', (desk) => desk.nextBar({ timeframe: '7m' })),
  bar('known before its close', 'TIMES_OUT_OF_ORDER', (desk) => desk.nextBar({ known_at: clockStart })),
  bar('a time in the future', 'FUTURE_TIME', (desk) => desk.nextBar({ ts_close: inFuture, known_at: inFuture })),
  bar('a bar once more', 'DUPLICATE', (desk) => desk.bar(10)),
  bar('a bar once more, changed', 'REVISION', (desk) => desk.bar(10, { close: 11.5 })),
  bar('a bar older than the newest', 'LATE', (desk) => desk.bar(15)),
  bar('a bar older than the clock', 'LATE', (desk) => desk.bar(-24 * 60)),
  event('an unknown kind of event', 'UNKNOWN_EVENT_TYPE', (desk) => desk.event(5, { event_type: 'rumour' })),
  event('a split without a factor', 'BAD_SPLIT_FACTOR', (desk) => desk.event(5, { event_type: 'split', value: null })),
  event('an event known in the future', 'FUTURE_TIME', (desk) => desk.event(5, { known_at: inFuture })),
  event('an event once more', 'DUPLICATE', (desk) => desk.event(1)),
  event('an event once more, changed', 'REVISION', (desk) => desk.event(1, { value: 0.5 })),
]
