import { describe, expect, test } from '@jest/globals'
import { createIngest } from '../../../processors/ingest/ingest.ts'
import { REMEMBERED_RECORDS } from '../../../processors/ingest/series.ts'
import type { InputRecord } from '../../../processors/processor.ts'
import type { RefusalReason } from '../../../processors/refusal.ts'
import { applied, appliedAll, clock, data, type Emission } from './driver.ts'
import { rawBar, rawEvent, rawFundamental, rawMacro, rawPosition, rawQuote } from './raw.ts'

const GRACE = 10
const options = { graceMs: GRACE, reportsVolume: (symbol: string) => symbol === 'AAA' }

type Case = readonly [reason: RefusalReason, record: InputRecord, message: RegExp, before?: readonly InputRecord[]]

const bars: readonly Case[] = [
  ['EMPTY_SYMBOL', rawBar({ symbol: '' }, { key: 'AAA' }), /""/],
  ['EMPTY_SYMBOL', rawBar({ symbol: '  ' }), /" {2}"/],
  ['EMPTY_SYMBOL', rawBar({ symbol: undefined }), /undefined/],
  ['KEY_MISMATCH', rawBar({}, { key: 'BBB' }), /"BBB".*"AAA"/],
  ['SCOPE_MISMATCH', rawBar({ symbol: '*' }), /whole market/],
  ['UNKNOWN_TIMEFRAME', rawBar({ timeframe: '2h' }), /"2h"/],
  ['UNKNOWN_TIMEFRAME', rawBar({ timeframe: null }), /null/],
  ['NOT_FINITE', rawBar({ open: Number.NaN }), /open is NaN/],
  ['NOT_FINITE', rawBar({ volume: Number.POSITIVE_INFINITY }), /volume is Infinity/],
  ['NOT_FINITE', rawBar({ known_at: Number.NaN }), /known_at is NaN/],
  ['NOT_FINITE', rawBar({ close: undefined }), /close is undefined/],
  ['NOT_FINITE', rawBar({ open: 1.7e308, high: 1.7e308, low: 1.7e308, close: 1.7e308 }), /overflows/],
  ['NEGATIVE_PRICE', rawBar({ low: -1 }), /low is -1/],
  ['NEGATIVE_PRICE', rawBar({ open: 0, high: 0, low: 0, close: 0, volume: 0 }), /above zero/],
  ['HIGH_BELOW_LOW', rawBar({ high: 8 }), /high 8 is below low 9/],
  ['OPEN_OUTSIDE_RANGE', rawBar({ open: 13 }), /open 13 is outside low 9 to high 12/],
  ['OPEN_OUTSIDE_RANGE', rawBar({ open: 8 }), /open 8/],
  ['CLOSE_OUTSIDE_RANGE', rawBar({ close: 13 }), /close 13/],
  ['CLOSE_OUTSIDE_RANGE', rawBar({ close: 8 }), /close 8/],
  ['NEGATIVE_VOLUME', rawBar({ volume: -1 }), /volume is -1/],
  [
    'VOLUME_MISSING',
    rawBar({ volume: 0 }),
    /AAA bar closing 1970-01-01T00:00:01.000Z .* low 9 to high 12 with volume 0/,
  ],
  ['VOLUME_MISSING', rawBar({ volume: -0 }), /volume 0/],
  ['TIMES_OUT_OF_ORDER', rawBar({ ts_open: 1000, ts_close: 1000 }), /ts_open 1970-01-01T00:00:01.000Z/],
  ['TIMES_OUT_OF_ORDER', rawBar({ known_at: 999 }), /known_at 1970-01-01T00:00:00.999Z/],
  ['FUTURE_TIME', rawBar({}, { timestamp: 999 }), /ts_close .* log append time/],
  ['FUTURE_TIME', rawBar({ known_at: 1001 }, { timestamp: 1000 }), /known_at .* log append time/],
  ['LATE', rawBar(), /newest clock marker .* grace 10 ms/, [clock(1011)]],
  ['LATE', rawBar({ ts_close: 1500 }), /newest 1m bar on the tape/, [rawBar(), rawBar({ ts_close: 2000 })]],
  ['REVISION', rawBar({ close: 10.5 }), /close 11 -> 10.5/, [rawBar()]],
  ['REVISION', rawBar({ ts_open: 900 }), /ts_open 940 -> 900/, [rawBar()]],
  ['REVISION', rawBar({ volume: 1 }), /volume 100 -> 1/, [rawBar(), rawBar({ ts_close: 2000 })]],
  ['REVISION', rawBar({ volume: 1 }), /volume 100 -> 1/, [rawBar(), clock(5000)]],
  [
    'UNEXPECTED_RECORD',
    data({ topic: 'market.quotes', recordName: 'barline.market.Bar', value: {} }),
    /market.quotes carries no .*Bar/,
  ],
  ['UNEXPECTED_RECORD', rawBar({}, { recordName: 'barline.market.Quote' }), /market.bars carries no/],
]

const events: readonly Case[] = [
  ['EMPTY_SYMBOL', rawEvent({ symbol: '' }, { key: 'AAA' }), /""/],
  ['KEY_MISMATCH', rawEvent({}, { key: 'BBB' }), /"BBB"/],
  ['UNKNOWN_EVENT_TYPE', rawEvent({ event_type: 'merger' }), /"merger", not one of split/],
  [
    'SCOPE_MISMATCH',
    rawEvent({ event_type: 'macro_high' }),
    /macro_high is an event of the whole market, .* not of AAA/,
  ],
  ['SCOPE_MISMATCH', rawEvent({ symbol: '*' }), /split is an event of one instrument, not of \*/],
  ['NOT_FINITE', rawEvent({ effective_at: Number.NaN }), /effective_at is NaN/],
  ['NOT_FINITE', rawEvent({ event_type: 'dividend', value: Number.NaN }), /value is NaN/],
  ['BAD_SPLIT_FACTOR', rawEvent({ value: null }), /null/],
  ['BAD_SPLIT_FACTOR', rawEvent({ value: 1, detail: 'cancelled' }), /not 1/],
  ['BAD_SPLIT_FACTOR', rawEvent({ value: 0 }), /it has 0/],
  ['BAD_SPLIT_FACTOR', rawEvent({ value: -2 }), /-2/],
  ['BAD_SPLIT_FACTOR', rawEvent({ value: 1 }), /not 1/],
  ['BAD_SPLIT_FACTOR', rawEvent({ value: Number.POSITIVE_INFINITY }), /Infinity/],
  ['FUTURE_TIME', rawEvent({}, { timestamp: 899 }), /known_at/],
  ['REVISION', rawEvent({ value: 3 }), /with 2 .* not 3/, [rawEvent()]],
  [
    'REVISION',
    rawEvent({ event_type: 'operational_update', value: null, detail: 'b' }),
    /\(a\), not null \(b\)/,
    [rawEvent({ event_type: 'operational_update', value: null, detail: 'a' })],
  ],
]

const cancelled = { detail: 'cancelled', known_at: 950 }

const earnings = rawEvent({ event_type: 'earnings', value: null })
const cancelledEarnings = rawEvent({ event_type: 'earnings', value: null, ...cancelled })

/** It stands behind the bar of 1000 on the tape where that came first. */
const earlierSplit = rawEvent({ effective_at: 800 })

const cancellations: readonly Case[] = [
  ['LATE', rawEvent(cancelled), /changed the units of the bars up to 1970-01-01T00:00:01/, [rawEvent(), rawBar()]],
  [
    'LATE',
    rawEvent({ ...cancelled, effective_at: 800 }),
    /up to 1970-01-01T00:00:02/,
    [rawBar(), earlierSplit, rawBar({ ts_close: 2000 })],
  ],
  ['LATE', rawEvent({ ...cancelled, known_at: 899 }), /known anew/, [rawEvent()]],
  ['REVISION', rawEvent({ value: 3 }), /with 2 \(null\), cancelled, not 3/, [rawEvent(), rawEvent(cancelled)]],
  ['REVISION', rawEvent(), /cancelled/, [rawEvent({ ...cancelled, value: null })]],
]

const sideInputs: readonly Case[] = [
  ['EMPTY_SYMBOL', rawFundamental({ symbol: ' ' }), /" "/],
  ['KEY_MISMATCH', rawFundamental({}, { key: 'BBB' }), /"BBB".*"AAA"/],
  ['SCOPE_MISMATCH', rawFundamental({ symbol: '*' }), /whole market/],
  ['EMPTY_KEY', rawFundamental({ item: '' }), /The item is ""/],
  ['NOT_FINITE', rawFundamental({ period_end: undefined }), /period_end is undefined/],
  ['NOT_FINITE', rawFundamental({ value: Number.POSITIVE_INFINITY }), /value is Infinity/],
  ['TIMES_OUT_OF_ORDER', rawFundamental({ period_end: 901 }), /period_end .*901Z, effective_at .*900Z/],
  ['FUTURE_TIME', rawFundamental({}, { timestamp: 899 }), /known_at/],
  ['REVISION', rawFundamental({ value: 2 }), /eps_ttm of period_end .*500Z: value 1.5 -> 2/, [rawFundamental()]],
  [
    'LATE',
    rawFundamental({ value: 2, known_at: 899 }),
    /known at .*899Z, and the tape has a version known at .*900Z/,
    [rawFundamental()],
  ],
  ['EMPTY_KEY', rawMacro({ series: '' }), /The series is ""/],
  ['KEY_MISMATCH', rawMacro({}, { key: 'GDP' }), /"GDP", the series "CPI"/],
  ['NOT_FINITE', rawMacro({ value: Number.NaN }), /value is NaN/],
  ['TIMES_OUT_OF_ORDER', rawMacro({ effective_at: 499 }), /effective_at/],
  ['FUTURE_TIME', rawMacro({}, { timestamp: 899 }), /known_at/],
  ['REVISION', rawMacro({ unit: 'index' }), /unit % -> index/, [rawMacro()]],
  ['LATE', rawMacro({ value: 2, known_at: 899 }), /CPI of period_end/, [rawMacro()]],
  ['EMPTY_SYMBOL', rawPosition({ symbol: '' }), /""/],
  ['SCOPE_MISMATCH', rawPosition({ symbol: '*' }), /whole market/],
  ['EMPTY_KEY', rawPosition({ portfolio: undefined }), /The portfolio is undefined/],
  ['NOT_FINITE', rawPosition({ quantity: null }), /quantity is null/],
  ['NOT_FINITE', rawPosition({ flow: Number.NaN }), /flow is NaN/],
  ['NEGATIVE_PRICE', rawPosition({ price: -1 }), /price is -1/],
  ['NEGATIVE_PRICE', rawPosition({ average_entry: 0 }), /average_entry is 0/],
  ['TIMES_OUT_OF_ORDER', rawPosition({ known_at: 899 }), /effective_at .*900Z, known_at .*899Z/],
  ['FUTURE_TIME', rawPosition({}, { timestamp: 899 }), /known_at/],
  ['REVISION', rawPosition({ equity: 1 }), /AAA position of main .* equity 1000 -> 1/, [rawPosition()]],
  ['LATE', rawPosition({ effective_at: 899 }), /newest AAA position of main/, [rawPosition()]],
  ['EMPTY_SYMBOL', rawQuote({ symbol: '' }), /""/],
  ['KEY_MISMATCH', rawQuote({}, { key: 'BBB' }), /"BBB"/],
  ['SCOPE_MISMATCH', rawQuote({ symbol: '*' }), /whole market/],
  ['NOT_FINITE', rawQuote({ bid: Number.NaN }), /bid is NaN/],
  ['NEGATIVE_PRICE', rawQuote({ bid: 0 }), /bid is 0/],
  ['NEGATIVE_SIZE', rawQuote({ ask_size: -1 }), /ask_size -1/],
  ['CROSSED_QUOTE', rawQuote({ ask: 9.99 }), /ask 9.99 is below bid 10/],
  ['TIMES_OUT_OF_ORDER', rawQuote({ known_at: 899 }), /known_at .*899Z/],
  ['FUTURE_TIME', rawQuote({}, { timestamp: 899 }), /known_at/],
  ['REVISION', rawQuote({ ask: 12 }), /quote of effective_at .* ask 11 -> 12/, [rawQuote()]],
  ['LATE', rawQuote({ effective_at: 899 }), /newest quote on the tape/, [rawQuote()]],
]

const markers: readonly Case[] = [
  ['UNEXPECTED_RECORD', clock(5, { marker: { kind: 'progress', ts: 5, known_at: 5 } }), /progress marker/],
  ['UNEXPECTED_RECORD', clock(5, { topic: 'market.bars' }), /market.bars/],
  ['NOT_FINITE', clock(Number.NaN), /ts is NaN/],
  ['TIMES_OUT_OF_ORDER', clock(5, {}, 4), /before/],
  ['FUTURE_TIME', clock(5, { timestamp: 4 }), /log append time/],
]

const onTheTape = (emissions: readonly Emission[]) => emissions.filter(({ kind }) => kind === 'record')

describe('ingest refuses with its own reason', () => {
  test.each([...bars, ...events, ...cancellations, ...sideInputs, ...markers])(
    '%s',
    (reason, record, message, before = []) => {
      const ingest = createIngest(options)
      const priors = appliedAll(ingest, before)
      expect(priors.filter(({ kind }) => kind === 'refusal' || kind === 'duplicate')).toEqual([])
      const state = structuredClone(ingest.state)
      const emissions = applied(ingest, record)
      expect(emissions).toHaveLength(1)
      expect(emissions[0]).toMatchObject({ kind: 'refusal', refusal: { reason } })
      expect(emissions[0]?.kind === 'refusal' && emissions[0].refusal.message).toMatch(message)
      expect(ingest.state).toEqual(state)
    },
  )

  test('the reason of a record with several faults is the first of the fixed order', () => {
    const faults: Record<string, unknown> = {}
    const reasonOf = () => applied(createIngest(options), rawBar(faults, { key: 'AAA', timestamp: 5000 }))[0]
    const ordered: readonly (readonly [Record<string, unknown>, RefusalReason])[] = [
      [{ volume: 0 }, 'VOLUME_MISSING'],
      [{ known_at: 9000 }, 'FUTURE_TIME'],
      [{ ts_open: 2000 }, 'TIMES_OUT_OF_ORDER'],
      [{ volume: -1 }, 'NEGATIVE_VOLUME'],
      [{ close: 99 }, 'CLOSE_OUTSIDE_RANGE'],
      [{ open: 99 }, 'OPEN_OUTSIDE_RANGE'],
      [{ high: 1 }, 'HIGH_BELOW_LOW'],
      [{ low: -5, high: -9 }, 'NEGATIVE_PRICE'],
      [{ ts_open: Number.NaN }, 'NOT_FINITE'],
      [{ timeframe: '3m' }, 'UNKNOWN_TIMEFRAME'],
      [{ symbol: 'BBB' }, 'KEY_MISMATCH'],
      [{ symbol: '' }, 'EMPTY_SYMBOL'],
    ]
    for (const [fault, reason] of ordered) {
      Object.assign(faults, fault)
      expect(reasonOf()).toMatchObject({ refusal: { reason } })
    }
  })
})

describe('ingest takes', () => {
  test('a bar that closes as late as the grace allows', () => {
    const emissions = appliedAll(createIngest({ graceMs: GRACE }), [clock(1010), rawBar()])
    expect(onTheTape(emissions)).toHaveLength(1)
  })

  test('a flat bar without volume, and an announced split that takes effect ahead of the log', () => {
    const flat = rawBar({ open: 5, high: 5, low: 5, close: 5, volume: 0 })
    const split = rawEvent({ effective_at: 9999 }, { timestamp: 1000 })
    expect(onTheTape(appliedAll(createIngest(options), [split, flat]))).toHaveLength(2)
  })

  test('a moved price without volume, of a symbol whose source reports none or of which nothing is said', () => {
    const silent = rawBar({ symbol: 'BBB', volume: 0 })
    expect(onTheTape(applied(createIngest(options), silent))).toHaveLength(1)
    expect(onTheTape(applied(createIngest({ graceMs: GRACE }), silent))).toHaveLength(1)
  })

  test('the same close of another timeframe or another symbol', () => {
    const records = [rawBar(), rawBar({ timeframe: '1h' }), rawBar({ symbol: 'BBB' })]
    expect(onTheTape(appliedAll(createIngest({ graceMs: GRACE }), records))).toHaveLength(3)
  })
})

describe('ingest takes of side inputs', () => {
  const numbers = Array.from({ length: REMEMBERED_RECORDS + 1 }, (_, index) => index)

  test.each<[string, InputRecord, InputRecord[]]>([
    ['a restated figure', rawFundamental({ value: 2, known_at: 950 }), [rawFundamental()]],
    ['a figure that is withdrawn', rawFundamental({ value: null, known_at: 950 }), [rawFundamental()]],
    [
      'a figure restated to what it was at first',
      rawFundamental({ known_at: 960 }),
      [rawFundamental(), rawFundamental({ value: 2, known_at: 950 })],
    ],
    ['a figure of an earlier period', rawFundamental({ period_end: 400 }), [rawFundamental()]],
    ['the same figure of another item', rawFundamental({ item: 'revenue_ttm' }), [rawFundamental()]],
    ['a figure known long before the clock', rawFundamental(), [clock(9000)]],
    ['a revised macro value', rawMacro({ value: 2.6, known_at: 950 }), [rawMacro()]],
    ['a value of another series', rawMacro({ series: 'GDP' }), [rawMacro()]],
    ['a position of another portfolio', rawPosition({ portfolio: 'other' }), [rawPosition()]],
    ['a later position, closed', rawPosition({ effective_at: 950, known_at: 950, quantity: 0 }), [rawPosition()]],
    ['a later quote of a locked market', rawQuote({ effective_at: 950, known_at: 950, ask: 10 }), [rawQuote()]],
    ['a cancellation', rawEvent(cancelled), [rawEvent()]],
    ['a cancellation of a split, without its factor', rawEvent({ ...cancelled, value: null }), [rawEvent()]],
    [
      'a cancellation of a split that no bar has come after, though one is newer',
      rawEvent({ ...cancelled, effective_at: 800 }),
      [rawBar(), earlierSplit],
    ],
    ['a cancellation of what it has not seen', rawEvent(cancelled), []],
    ['a cancellation of what has passed but changed no units', cancelledEarnings, [earnings, rawBar()]],
    [
      'an event that is said again after its cancellation',
      rawEvent({ known_at: 960 }),
      [rawEvent(), rawEvent(cancelled)],
    ],
    [
      'an event cancelled once more after that',
      rawEvent({ ...cancelled, known_at: 970 }),
      [rawEvent(), rawEvent(cancelled), rawEvent({ known_at: 960 })],
    ],
  ])('%s', (_, record, before) => {
    const ingest = createIngest(options)
    expect(appliedAll(ingest, before).some(({ kind }) => kind === 'refusal' || kind === 'duplicate')).toBe(false)
    expect(applied(ingest, record)).toMatchObject([{ kind: 'record' }])
  })

  test('what is late with the known_at of its key, which never falls', () => {
    const ingest = createIngest(options)
    const tape = appliedAll(ingest, [
      rawBar({ known_at: 1500 }),
      rawFundamental(),
      rawQuote(),
      rawPosition(),
      rawMacro(),
    ])
    const known = tape.map((emission) => emission.kind === 'record' && emission.output.value.known_at)
    expect(known).toEqual([1500, 1500, 1500, 900, 900])
  })

  test('no figure older than those it remembers of an item, of which it forgets the oldest period', () => {
    const ingest = createIngest(options)
    const figures = numbers.map((index) => rawFundamental({ period_end: 100 + index }))
    expect(onTheTape(appliedAll(ingest, figures))).toHaveLength(figures.length)
    expect(applied(ingest, rawFundamental({ period_end: 100 }))).toMatchObject([{ refusal: { reason: 'LATE' } }])
    expect(applied(ingest, rawFundamental({ period_end: 101 }))).toMatchObject([{ kind: 'duplicate' }])
  })

  test('a bounded number of records of each series', () => {
    const ingest = createIngest(options)
    const times = numbers.map((index) => ({ effective_at: 1000 + index, known_at: 1000 + index }))
    appliedAll(
      ingest,
      times.flatMap((time) => [rawQuote(time), rawPosition(time)]),
    )
    const sizes = [...ingest.state.keys.values()].flatMap(({ series }) =>
      [...series.values()].map(({ length }) => length),
    )
    expect(sizes).toEqual([REMEMBERED_RECORDS, REMEMBERED_RECORDS])
  })
})

describe('ingest counts as a duplicate', () => {
  test.each([
    ['a repeated bar', [rawBar()], rawBar({}, { offset: 1 })],
    ['a repeated bar known later', [rawBar()], rawBar({ known_at: 1500 })],
    ['a repeat of an earlier bar', [rawBar(), rawBar({ ts_close: 2000 })], rawBar()],
    ['a repeat that comes after a marker', [rawBar(), clock(9000)], rawBar()],
    ['a repeated split', [rawEvent()], rawEvent({ known_at: 950, detail: 'again' })],
    ['a split repeated after its cancellation', [rawEvent(), rawEvent(cancelled)], rawEvent({ known_at: 940 })],
    ['a repeated cancellation', [rawEvent(), rawEvent(cancelled)], rawEvent({ ...cancelled, known_at: 999 })],
    ['a figure that another filing repeats', [rawFundamental()], rawFundamental({ known_at: 950, source: '10-K' })],
    [
      'a figure that was restated since',
      [rawFundamental(), rawFundamental({ value: 2, known_at: 950 })],
      rawFundamental(),
    ],
    ['a repeated macro value', [rawMacro()], rawMacro({ known_at: 950 })],
    ['a repeated position', [rawPosition()], rawPosition({ known_at: 950 })],
    [
      'an earlier quote, repeated',
      [rawQuote(), rawQuote({ effective_at: 950, known_at: 950 })],
      rawQuote({ known_at: 960 }),
    ],
    ['a repeated marker', [clock(7)], clock(7, {}, 8)],
    ['an older marker', [clock(7)], clock(6)],
  ] as const)('%s', (_, before, record) => {
    const ingest = createIngest({ graceMs: GRACE })
    appliedAll(ingest, before)
    expect(applied(ingest, record)).toEqual([{ kind: 'duplicate', of: record }])
  })

  test('the oldest bar it remembers, and calls late the one before', () => {
    const ingest = createIngest({ graceMs: GRACE })
    const all = Array.from({ length: REMEMBERED_RECORDS + 1 }, (_, index) => rawBar({ ts_close: 1000 * (index + 1) }))
    appliedAll(ingest, all)
    expect(applied(ingest, rawBar({ ts_close: 2000 }))).toMatchObject([{ kind: 'duplicate' }])
    expect(applied(ingest, rawBar({ ts_close: 1000 }))).toMatchObject([{ refusal: { reason: 'LATE' } }])
  })
})
