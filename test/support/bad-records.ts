import type { RecordCodec } from '../../avro/codec.ts'
import type { RefusalReason } from '../../processors/refusal.ts'

/** A record as an outside producer would send it. */
export type RawRecord = { readonly key: string | null; readonly value: Buffer | null }

/** What ingest makes of a record that it does not put on the tape. */
export type Verdict = RefusalReason | 'DUPLICATE'

/** The topics that bad records are sent to, in the order of their being sent. */
export const rawTopics = [
  'market.bars',
  'market.events',
  'market.fundamentals',
  'market.macro',
  'market.portfolio',
  'market.quotes',
] as const

/** One of {@link rawTopics}. */
export type RawTopic = (typeof rawTopics)[number]

/** A kind of record that the tape does not take. `make` gives one for a partition. */
export type BadKind = {
  readonly title: string
  readonly topic: RawTopic
  readonly verdict: Verdict
  /** Whether its bytes or its type keep the sink, too, from storing it as a row. */
  readonly unstorable?: boolean
  readonly make: (desk: Desk) => RawRecord
}

const minuteMs = 60_000

/** The time of the clock marker that the tape has first. */
export const clockStart = Date.UTC(2024, 0, 2, 15, 0)

/** Makes records of one partition, whose tape begins with {@link Desk.first}. */
export class Desk {
  readonly #codec: RecordCodec
  readonly symbol: string
  #minute = 20

  constructor(codec: RecordCodec, symbol: string) {
    this.#codec = codec
    this.symbol = symbol
  }

  /** What the tape has before the bad records: bars of the minutes 10 and 20, and of every other topic the first record. */
  first(): ReadonlyMap<RawTopic, readonly RawRecord[]> {
    return new Map<RawTopic, readonly RawRecord[]>([
      ['market.bars', [this.bar(10), this.bar(20)]],
      ['market.events', [this.event(1)]],
      ['market.fundamentals', [this.fundamental(1)]],
      ['market.macro', [this.macro(1)]],
      ['market.portfolio', [this.position(1)]],
      ['market.quotes', [this.quote(1)]],
    ])
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

  /** A figure of the period that ends `day` days after the year 2000 begins, known at {@link clockStart}. */
  fundamental(day: number, changes: Readonly<Record<string, unknown>> = {}, key = this.symbol): RawRecord {
    const figure = { item: 'eps_ttm', ...periodOf(day), value: 1.5, unit: 'USD', source: 'test' }
    const fundamental = { symbol: this.symbol, ...figure, ...changes }
    return { key, value: this.#codec.encode('market.fundamentals', 'barline.market.Fundamental', fundamental) }
  }

  /** A macro value of such a period. */
  macro(day: number, changes: Readonly<Record<string, unknown>> = {}, key = 'CPI'): RawRecord {
    const macro = { series: 'CPI', ...periodOf(day), value: 2.5, unit: '%', ...changes }
    return { key, value: this.#codec.encode('market.macro', 'barline.market.MacroObservation', macro) }
  }

  /** A position `minute` minutes after {@link clockStart}. */
  position(minute: number, changes: Readonly<Record<string, unknown>> = {}, key = this.symbol): RawRecord {
    const amounts = { quantity: 10, price: 11, equity: 1_000, average_entry: 9, flow: null }
    const position = { symbol: this.symbol, portfolio: 'main', ...momentOf(minute), ...amounts, ...changes }
    return { key, value: this.#codec.encode('market.portfolio', 'barline.market.PortfolioPosition', position) }
  }

  /** A quote of that minute. */
  quote(minute: number, changes: Readonly<Record<string, unknown>> = {}, key = this.symbol): RawRecord {
    const sides = { bid: 10, ask: 11, bid_size: 5, ask_size: 5 }
    const quote = { symbol: this.symbol, ...momentOf(minute), ...sides, ...changes }
    return { key, value: this.#codec.encode('market.quotes', 'barline.market.Quote', quote) }
  }

  /** A sound record that goes on the tape. */
  sound(topic: RawTopic): RawRecord {
    if (topic === 'market.bars') return this.nextBar()
    this.#minute += 1
    const next = {
      'market.events': this.event,
      'market.fundamentals': this.fundamental,
      'market.macro': this.macro,
      'market.portfolio': this.position,
      'market.quotes': this.quote,
    }[topic]
    return next.call(this, this.#minute)
  }
}

function periodOf(day: number): { period_end: number; effective_at: number; known_at: number } {
  const end = Date.UTC(2000, 0, 1 + day)
  return { period_end: end, effective_at: clockStart, known_at: clockStart }
}

function momentOf(minute: number): { effective_at: number; known_at: number } {
  const time = clockStart + minute * minuteMs
  return { effective_at: time, known_at: time }
}

/** A symbol whose source reports volume. */
const withVolume = 'SPX'

const inFuture = Date.UTC(2090, 0, 1)

const kindsOf =
  (topic: RawTopic) =>
  (title: string, verdict: Verdict, make: BadKind['make']): BadKind => ({ title, topic, verdict, make })

const bar = kindsOf('market.bars')
const event = kindsOf('market.events')
const fundamental = kindsOf('market.fundamentals')
const macro = kindsOf('market.macro')
const position = kindsOf('market.portfolio')
const quote = kindsOf('market.quotes')

const unstorable = (kind: BadKind): BadKind => ({ ...kind, unstorable: true })

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
  event('an event of the market of one symbol', 'SCOPE_MISMATCH', (desk) =>
    desk.event(5, { event_type: 'macro_high' }),
  ),
  fundamental('a figure without item', 'EMPTY_KEY', (desk) => desk.fundamental(9, { item: '' })),
  fundamental('a figure that is NaN', 'NOT_FINITE', (desk) => desk.fundamental(9, { value: Number.NaN })),
  fundamental('a figure of a period to come', 'TIMES_OUT_OF_ORDER', (desk) => desk.fundamental(9, { effective_at: 0 })),
  fundamental('a figure once more', 'DUPLICATE', (desk) => desk.fundamental(1, { source: 'another' })),
  fundamental('another figure at the same time', 'REVISION', (desk) => desk.fundamental(1, { value: 2 })),
  macro('a value of another series than its key', 'KEY_MISMATCH', (desk) => desk.macro(9, {}, 'GDP')),
  macro('a value known in the future', 'FUTURE_TIME', (desk) => desk.macro(9, { known_at: inFuture })),
  macro('an older version of a value', 'LATE', (desk) => desk.macro(1, { value: 2, known_at: clockStart - 1 })),
  macro('a value once more', 'DUPLICATE', (desk) => desk.macro(1)),
  position('a position of no portfolio', 'EMPTY_KEY', (desk) => desk.position(30, { portfolio: '' })),
  position('a position without symbol', 'EMPTY_SYMBOL', (desk) => desk.position(30, { symbol: '' }, '')),
  position('a position at a price below zero', 'NEGATIVE_PRICE', (desk) => desk.position(30, { price: -1 })),
  position('a position once more, changed', 'REVISION', (desk) => desk.position(1, { quantity: 11 })),
  quote('a crossed quote', 'CROSSED_QUOTE', (desk) => desk.quote(30, { ask: 9 })),
  quote('a negative size', 'NEGATIVE_SIZE', (desk) => desk.quote(30, { bid_size: -1 })),
  quote('a quote once more', 'DUPLICATE', (desk) => desk.quote(1)),
  quote('a quote older than the newest', 'LATE', (desk) => desk.quote(0)),
]
