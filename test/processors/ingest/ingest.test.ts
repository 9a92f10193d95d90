import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createIngest } from '../../../processors/ingest/ingest.ts'
import { ingestInputs } from '../../../processors/ingest/inputs.ts'
import { completeHead, type InputRecord } from '../../../processors/processor.ts'
import { applied, appliedAll, asInput, clock, drive } from './driver.ts'
import { rawBar, rawEvent, rawFundamental, rawMacro, rawPosition, rawQuote } from './raw.ts'

const GRACE = 3

const symbol = fc.constantFrom('AAA', 'BBB')

const bar = fc
  .record({
    symbol,
    timeframe: fc.constantFrom('1m', '1h', '9h'),
    ts_close: fc.integer({ min: 100, max: 140 }),
    delay: fc.constantFrom(0, 0, 1, 5),
    volume: fc.constantFrom(1, 1, 1, 2, -1),
  })
  .map(({ delay, ...value }) => rawBar({ ...value, known_at: value.ts_close + delay }))

const event = fc
  .record({
    symbol,
    event_type: fc.constantFrom('split', 'dividend', 'earnings', 'merger'),
    effective_at: fc.integer({ min: 100, max: 110 }),
    known_at: fc.integer({ min: 90, max: 140 }),
    value: fc.constantFrom(2, 3, 1),
    detail: fc.constantFrom(null, null, 'cancelled'),
  })
  .map((value) => rawEvent(value))

const marketEvent = fc
  .record({
    effective_at: fc.integer({ min: 100, max: 110 }),
    known_at: fc.integer({ min: 90, max: 140 }),
    detail: fc.constantFrom(null, 'cancelled'),
  })
  .map((value) => rawEvent({ symbol: '*', event_type: 'macro_high', value: null, ...value }))

const figure = {
  period_end: fc.integer({ min: 80, max: 90 }),
  effective_at: fc.integer({ min: 89, max: 110 }),
  known_at: fc.integer({ min: 90, max: 140 }),
  value: fc.constantFrom(1, 2, null, Number.NaN),
}
const fundamental = fc
  .record({ symbol, item: fc.constantFrom('eps_ttm', 'revenue_ttm'), ...figure })
  .map((value) => rawFundamental(value))
const macro = fc.record({ series: fc.constantFrom('CPI', 'GDP'), ...figure }).map((value) => rawMacro(value))

const moment = { effective_at: fc.integer({ min: 100, max: 140 }), delay: fc.constantFrom(0, 0, 1, 5, -1) }
const position = fc
  .record({ symbol, portfolio: fc.constantFrom('main', 'other'), quantity: fc.constantFrom(0, 1), ...moment })
  .map(({ delay, ...value }) => rawPosition({ ...value, known_at: value.effective_at + delay }))
const quote = fc
  .record({ symbol, ask: fc.constantFrom(10, 11, 9), ...moment })
  .map(({ delay, ...value }) => rawQuote({ ...value, known_at: value.effective_at + delay }))

const marker = fc.integer({ min: 95, max: 145 }).map((ts) => clock(ts))

const someOf = (record: fc.Arbitrary<InputRecord>, maxLength = 10) => fc.array(record, { maxLength })

/** The input partitions in their order, each roughly in order of time but with repeats, late records and bad ones. */
const inputs = fc
  .tuple(
    fc.tuple(
      someOf(fc.oneof(event, marketEvent), 15),
      someOf(fundamental),
      someOf(macro),
      someOf(position),
      someOf(quote),
      someOf(bar, 60),
      someOf(marker),
    ),
    fc.boolean(),
  )
  .map(([all, ordered]) =>
    all.map((records, input) => {
      const known = (record: InputRecord) =>
        Number(record.kind === 'marker' ? record.marker.known_at : record.value.known_at)
      const sorted = ordered ? [...records].sort((a, b) => known(a) - known(b)) : records
      return {
        topic: ingestInputs[input] ?? '',
        partition: 0,
        records: sorted.map((record, offset): InputRecord => ({ ...record, offset })),
      }
    }),
  )

describe('ingest', () => {
  test('writes a bar with its close as event time, its raw known_at and where it came from', () => {
    const [emission] = applied(createIngest({ graceMs: GRACE }), rawBar({ known_at: 1007 }, { offset: 42 }))
    expect(emission).toEqual({
      kind: 'record',
      output: {
        topic: 'tape',
        key: 'AAA',
        recordName: 'barline.tape.TapeBar',
        timestamp: 1000,
        value: {
          symbol: 'AAA',
          timeframe: '1m',
          ts: 1000,
          ts_open: 940,
          known_at: 1007,
          raw_known_at: 1007,
          open: 10,
          high: 12,
          low: 9,
          close: 11,
          volume: 100,
          source_offset: 42,
        },
      },
    })
  })

  test('writes an event with the time it takes effect, absent fields as null', () => {
    const event = rawEvent({ event_type: 'earnings_release', value: undefined, detail: undefined }, { offset: 3 })
    const [emission] = applied(createIngest({ graceMs: GRACE }), event)
    expect(emission).toEqual({
      kind: 'record',
      output: {
        topic: 'tape',
        key: 'AAA',
        recordName: 'barline.tape.TapeEvent',
        timestamp: 1000,
        value: {
          symbol: 'AAA',
          event_type: 'earnings_release',
          ts: 1000,
          known_at: 900,
          raw_known_at: 900,
          value: null,
          detail: null,
          source_offset: 3,
        },
      },
    })
  })

  const stamp = { ts: 900, known_at: 900, raw_known_at: 900, source_offset: 3 }
  test.each([
    [
      rawFundamental({ source: undefined }, { offset: 3 }),
      'AAA',
      'TapeFundamental',
      { symbol: 'AAA', item: 'eps_ttm', period_end: 500, value: 1.5, unit: 'USD', source: null, ...stamp },
    ],
    [
      rawMacro({ value: undefined }, { offset: 3 }),
      'CPI',
      'TapeMacro',
      { series: 'CPI', period_end: 500, value: null, unit: '%', ...stamp },
    ],
    [
      rawPosition({ equity: undefined, flow: -50 }, { offset: 3 }),
      '*',
      'TapePosition',
      {
        symbol: 'AAA',
        portfolio: 'main',
        quantity: -10,
        price: 11,
        equity: null,
        average_entry: 9,
        flow: -50,
        ...stamp,
      },
    ],
    [
      rawQuote({}, { offset: 3 }),
      'AAA',
      'TapeQuote',
      { symbol: 'AAA', bid: 10, ask: 11, bid_size: 5, ask_size: 0, ...stamp },
    ],
  ])('writes a side input under its key', (record, key, name, value) => {
    expect(applied(createIngest({ graceMs: GRACE }), record)).toEqual([
      {
        kind: 'record',
        output: { topic: 'tape', key, recordName: `barline.tape.${name}`, timestamp: 900, value },
      },
    ])
  })

  test('writes an event of the whole market, and a cancellation without a value', () => {
    const records = [
      rawEvent({ symbol: '*', event_type: 'macro_high', value: null, detail: 'FOMC' }),
      rawEvent(),
      rawEvent({ detail: 'cancelled', known_at: 950 }),
    ]
    const tape = asInput(appliedAll(createIngest({ graceMs: GRACE }), records))
    expect(tape).toMatchObject([
      { key: '*', value: { symbol: '*', event_type: 'macro_high', detail: 'FOMC' } },
      { key: 'AAA', value: { value: 2, detail: null } },
      { key: 'AAA', value: { value: null, detail: 'cancelled', known_at: 950 } },
    ])
  })

  test('lets what is market-wide be the same on every partition, whatever else is there', () => {
    const market = [rawPosition(), rawMacro(), rawEvent({ symbol: '*', event_type: 'macro_high', value: null })]
    const own = [rawBar({ ts_close: 5000 }), rawQuote({ known_at: 4000 })]
    const alone = appliedAll(createIngest({ graceMs: GRACE }), market)
    const among = createIngest({ graceMs: GRACE })
    appliedAll(among, own)
    expect(appliedAll(among, market)).toEqual(alone)
  })

  test('never lets known_at fall along the log of a symbol', () => {
    const records = [rawBar({ known_at: 2000 }), rawBar({ ts_close: 1500 }), rawBar({ symbol: 'BBB' })]
    const known = asInput(appliedAll(createIngest({ graceMs: GRACE }), records)).map(
      (record) => record.kind === 'data' && [record.value.known_at, record.value.raw_known_at],
    )
    expect(known).toEqual([
      [2000, 2000],
      [2000, 1500],
      [1000, 1000],
    ])
  })

  test('passes a newer marker on as it is', () => {
    expect(applied(createIngest({ graceMs: GRACE }), clock(7, {}, 9))).toEqual([
      { kind: 'marker', topic: 'tape', marker: { kind: 'clock', ts: 7, known_at: 9 }, partition: undefined },
    ])
  })

  test('makes of each record exactly one of a tape record, a marker, a duplicate or a refusal', () => {
    fc.assert(
      fc.property(inputs, (all) => {
        expect(drive(createIngest({ graceMs: GRACE }), all)).toHaveLength(all.flatMap(({ records }) => records).length)
      }),
    )
  })

  test('writes a tape that is strictly increasing per series of bars, quotes and positions, with known_at that never falls', () => {
    fc.assert(
      fc.property(inputs, (all) => {
        const newest = new Map<string, number>()
        const known = new Map<string, number>()
        for (const record of asInput(drive(createIngest({ graceMs: GRACE }), all))) {
          if (record.kind === 'marker') continue
          const { value } = record
          expect(Number(value.known_at)).toBeGreaterThanOrEqual(known.get(record.key) ?? 0)
          known.set(record.key, Number(value.known_at))
          if (!/Bar|Quote|Position/.test(record.recordName)) continue
          const series = `${record.recordName} ${value.symbol} ${value.timeframe ?? value.portfolio}`
          expect(Number(value.ts)).toBeGreaterThan(newest.get(series) ?? 0)
          newest.set(series, Number(value.ts))
        }
      }),
    )
  })

  test('makes the same tape however the inputs arrive', () => {
    fc.assert(
      fc.property(inputs, fc.array(fc.nat({ max: 8 }), { minLength: 1 }), (all, steps) => {
        const whole = drive(createIngest({ graceMs: GRACE }), all)
        const step = (round: number, input: number) => steps[(round * 7 + input) % steps.length] ?? 0
        const arrived = all.map(() => 0)
        const trickle = (round: number, input: number) => {
          arrived[input] = (arrived[input] ?? 0) + step(round, input) + (round % 50 === 0 ? 1 : 0)
          return arrived[input] ?? 0
        }
        expect(drive(createIngest({ graceMs: GRACE }), all, trickle)).toEqual(whole)
      }),
    )
  })

  test('is restored by its tape alone: same state, and the same outputs from there', () => {
    fc.assert(
      fc.property(
        inputs,
        someOf(fc.oneof(bar, event, fundamental, macro, position, quote, marker), 30),
        (all, later) => {
          const live = createIngest({ graceMs: GRACE })
          const tape = asInput(drive(live, all))
          const restored = createIngest({ graceMs: GRACE })
          for (const record of tape) restored.takeBack(record)
          expect(restored.state).toEqual(live.state)
          expect(appliedAll(restored, later)).toEqual(appliedAll(live, later))
        },
      ),
    )
  })

  test('goes on from a snapshot of any moment and the tape behind it, and leaves the snapshot as it was', () => {
    fc.assert(
      fc.property(
        inputs,
        fc.nat(),
        someOf(fc.oneof(bar, event, fundamental, macro, position, quote, marker), 30),
        (all, stop, later) => {
          const whole = asInput(drive(createIngest({ graceMs: GRACE }), all))
          const [live, restored] = [createIngest({ graceMs: GRACE }), createIngest({ graceMs: GRACE })]
          const at = stop % (whole.length + 1)
          for (const record of whole.slice(0, at)) live.takeBack(record)
          const snapshot = live.snapshot()
          const copy = structuredClone(snapshot)
          restored.restore(snapshot)
          for (const record of whole.slice(at)) for (const one of [live, restored]) one.takeBack(record)
          expect(restored.state).toEqual(live.state)
          expect(appliedAll(restored, later)).toEqual(appliedAll(live, later))
          expect(snapshot).toEqual(copy)
        },
      ),
    )
  })

  test('refuses a snapshot of another layout', () => {
    const ingest = createIngest({ graceMs: GRACE })
    expect(() => ingest.restore({ ...ingest.snapshot(), layoutHash: 'other' })).toThrow('layout other')
  })

  test('refuses to be restored from what it does not write', () => {
    expect(() => createIngest({ graceMs: GRACE }).takeBack(rawBar())).toThrow(/barline.market.Bar at offset 0/)
  })
})

describe('ingest selects', () => {
  const ingest = createIngest({ graceMs: GRACE })
  const topicNames = ['market.events', 'market.bars', 'clock']
  const head = (input: number, record: InputRecord | undefined, caughtUp = false) =>
    completeHead({ topic: topicNames[input] ?? '', partition: 0 }, record, caughtUp)

  test('the head that is known first', () => {
    const heads = [head(0, rawEvent({ known_at: 9 })), head(1, rawBar({ known_at: 8 })), head(2, clock(10))]
    expect(ingest.select(heads)).toBe(1)
  })

  test('at equal known_at the event, then the bar, then the marker', () => {
    expect(
      ingest.select([head(2, clock(9)), head(1, rawBar({ known_at: 9 })), head(0, rawEvent({ known_at: 9 }))]),
    ).toBe(2)
    expect(ingest.select([head(2, clock(9)), head(1, rawBar({ known_at: 9 })), head(0, undefined, true)])).toBe(1)
  })

  test('at equal known_at every side input before the bar, in the order of the topics', () => {
    const known_at = 900
    const records = [
      rawBar({ known_at }),
      rawQuote({ known_at }),
      rawPosition({ known_at }),
      rawMacro({ known_at }),
      rawFundamental({ known_at }),
      rawEvent({ known_at }),
    ]
    const order: string[] = []
    while (records.length > 0) {
      const heads = records.map((record) => completeHead(record, record, false))
      const [next] = records.splice(ingest.select(heads) ?? -1, 1)
      order.push(next?.topic ?? '')
    }
    expect([...order, 'clock']).toEqual(ingestInputs)
  })

  test('nothing while an input may still bring something earlier', () => {
    expect(ingest.select([head(0, undefined), head(1, rawBar()), head(2, clock(1))])).toBeUndefined()
    expect(ingest.select([head(0, rawEvent()), head(1, rawBar()), head(2, undefined)])).toBeUndefined()
    expect(
      ingest.select([head(0, undefined, true), head(1, undefined, true), head(2, undefined, true)]),
    ).toBeUndefined()
  })

  test('nothing that came with the look that saw another input empty: what is there by now may be earlier', () => {
    const [event, bar, marker] = [head(0, undefined, true), head(1, undefined, true), head(2, clock(1))]
    expect(ingest.select([event, { ...bar, look: 5 }, { ...marker, look: 5 }])).toBeUndefined()
    expect(ingest.select([event, { ...bar, look: 5 }, { ...marker, look: 6 }])).toBeUndefined()
    expect(
      ingest.select([
        { ...event, look: 7 },
        { ...bar, look: 6 },
        { ...marker, look: 5 },
      ]),
    ).toBe(2)
  })

  test('first what has no usable time, so that it is refused at once', () => {
    for (const known_at of [Number.NaN, Number.POSITIVE_INFINITY, undefined, 'soon']) {
      const heads = [head(0, rawEvent({ known_at: 1 })), head(1, rawBar({ known_at })), head(2, clock(0))]
      expect(ingest.select(heads)).toBe(1)
    }
  })
})
