import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createIngest } from '../../../processors/ingest/ingest.ts'
import { ingestInputs } from '../../../processors/ingest/inputs.ts'
import type { InputRecord } from '../../../processors/processor.ts'
import { applied, appliedAll, asInput, clock, drive } from './driver.ts'
import { rawBar, rawEvent } from './raw.ts'

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
    event_type: fc.constantFrom('split', 'dividend', 'merger'),
    effective_at: fc.integer({ min: 100, max: 110 }),
    known_at: fc.integer({ min: 90, max: 140 }),
    value: fc.constantFrom(2, 3, 1),
  })
  .map((value) => rawEvent(value))

const marker = fc.integer({ min: 95, max: 145 }).map((ts) => clock(ts))

/** Three input partitions, each roughly in order of time but with repeats, late records and bad ones. */
const inputs = fc
  .tuple(
    fc.array(event, { maxLength: 10 }),
    fc.array(bar, { maxLength: 60 }),
    fc.array(marker, { maxLength: 10 }),
    fc.boolean(),
  )
  .map(([events, bars, markers, ordered]) =>
    [events, bars, markers].map((records, input) => {
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

  test('writes a tape that is strictly increasing per symbol and timeframe, with known_at that never falls', () => {
    fc.assert(
      fc.property(inputs, (all) => {
        const newest = new Map<string, number>()
        const known = new Map<string, number>()
        for (const record of asInput(drive(createIngest({ graceMs: GRACE }), all))) {
          if (record.kind === 'marker') continue
          const { value } = record
          expect(Number(value.known_at)).toBeGreaterThanOrEqual(known.get(record.key) ?? 0)
          known.set(record.key, Number(value.known_at))
          if (record.recordName !== 'barline.tape.TapeBar') continue
          const series = `${record.key} ${value.timeframe}`
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
        const step = (round: number, input: number) => steps[(round * 3 + input) % steps.length] ?? 0
        const arrived = [0, 0, 0]
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
      fc.property(inputs, fc.array(fc.oneof(bar, event, marker), { maxLength: 30 }), (all, later) => {
        const live = createIngest({ graceMs: GRACE })
        const tape = asInput(drive(live, all))
        const restored = createIngest({ graceMs: GRACE })
        for (const record of tape) restored.restore(record)
        expect(restored.state).toEqual(live.state)
        expect(appliedAll(restored, later)).toEqual(appliedAll(live, later))
      }),
    )
  })

  test('refuses to be restored from what it does not write', () => {
    expect(() => createIngest({ graceMs: GRACE }).restore(rawBar())).toThrow(/barline.market.Bar at offset 0/)
  })
})

describe('ingest selects', () => {
  const ingest = createIngest({ graceMs: GRACE })
  const head = (input: number, record: InputRecord | undefined, caughtUp = false) => ({
    topic: ingestInputs[input] ?? '',
    partition: 0,
    record,
    caughtUp,
  })

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

  test('nothing while an input may still bring something earlier', () => {
    expect(ingest.select([head(0, undefined), head(1, rawBar()), head(2, clock(1))])).toBeUndefined()
    expect(ingest.select([head(0, rawEvent()), head(1, rawBar()), head(2, undefined)])).toBeUndefined()
    expect(
      ingest.select([head(0, undefined, true), head(1, undefined, true), head(2, undefined, true)]),
    ).toBeUndefined()
  })

  test('first what has no usable time, so that it is refused at once', () => {
    for (const known_at of [Number.NaN, Number.POSITIVE_INFINITY, undefined, 'soon']) {
      const heads = [head(0, rawEvent({ known_at: 1 })), head(1, rawBar({ known_at })), head(2, clock(0))]
      expect(ingest.select(heads)).toBe(1)
    }
  })
})
