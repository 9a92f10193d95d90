import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createEngine, type EngineProcessor } from '../../../processors/engine/engine.ts'
import type { InputRecord } from '../../../processors/processor.ts'
import { applied, appliedAll, asInput, type Emission } from '../ingest/driver.ts'
import { DAY, HOUR, MINUTE, START, testEngines, testOptions } from './fold-cases.ts'
import { tapeBar, tapeMarker, tapeSplit } from './tape.ts'

const engine = (): EngineProcessor => createEngine(testOptions)

const valuesOf = (emissions: readonly Emission[]) =>
  emissions.flatMap((emission) => (emission.kind === 'record' ? [emission.output.value] : []))

const symbols = ['AAA', 'BBB', 'NYSE'] as const

const bar = fc.record({
  kind: fc.constant('bar' as const),
  timeframe: fc.constantFrom('15m', '15m', '15m', '1h', '1d'),
  close: fc.constantFrom(9.5, 10, 11, 12),
})
const split = fc.record({
  kind: fc.constant('split' as const),
  ahead: fc.integer({ min: -3, max: 6 }),
  factor: fc.constantFrom(2, 0.5, 3),
})
const what = fc.oneof(
  { weight: 12, arbitrary: bar },
  { weight: 1, arbitrary: split },
  { weight: 2, arbitrary: fc.constant({ kind: 'marker' as const }) },
)

/** A tape on which time goes on by quarters of an hour, now and then by hours or days; late bars wait up to two quarters. */
const tape = fc
  .array(
    fc.record({
      what,
      symbol: fc.constantFrom(...symbols),
      pause: fc.constantFrom(0, 0, 1, 1, 1, 2, 5, 24, 100),
      delay: fc.constantFrom(0, 0, 0, 7 * MINUTE),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    let now = START + 9 * HOUR
    return steps.map(({ what, symbol, pause, delay }): InputRecord => {
      now += pause * 15 * MINUTE
      if (what.kind === 'marker') return tapeMarker(now + delay)
      if (what.kind === 'split') return tapeSplit(now + what.ahead * HOUR, now, what.factor, { symbol })
      const length = what.timeframe === '1d' ? DAY : what.timeframe === '1h' ? HOUR : 15 * MINUTE
      const ts = Math.floor(now / length) * length
      return tapeBar(ts, { symbol, timeframe: what.timeframe, close: what.close, known_at: now + delay })
    })
  })

describe('over any tape the engine', () => {
  test('depends on nothing that comes later', () => {
    fc.assert(
      fc.property(tape, fc.nat(), (records, cut) => {
        const length = cut % (records.length + 1)
        const whole = asInput(appliedAll(engine(), records))
        const prefix = asInput(appliedAll(engine(), records.slice(0, length)))
        expect(whole.slice(0, prefix.length)).toEqual(prefix)
      }),
    )
  })

  test('gives each symbol what it would have alone', () => {
    fc.assert(
      fc.property(tape, (records) => {
        for (const symbol of symbols) {
          const own = records.filter((record) => record.kind === 'marker' || record.key === symbol)
          const rows = valuesOf(appliedAll(engine(), records)).filter((row) => row.symbol === symbol)
          expect(rows).toEqual(valuesOf(appliedAll(engine(), own)))
        }
      }),
    )
  })

  test('writes rows with rising ts along a symbol and timeframe, and known_at that never falls along a symbol', () => {
    fc.assert(
      fc.property(tape, (records) => {
        const newest = new Map<string, number>()
        for (const { symbol, timeframe, ts, known_at: knownAt } of valuesOf(appliedAll(engine(), records))) {
          const series = `${symbol} ${timeframe}`
          expect(Number(ts)).toBeGreaterThan(newest.get(series) ?? 0)
          expect(Number(knownAt)).toBeGreaterThanOrEqual(newest.get(String(symbol)) ?? 0)
          expect(Number(knownAt)).toBeGreaterThanOrEqual(Number(ts))
          newest.set(series, Number(ts)).set(String(symbol), Number(knownAt))
        }
      }),
    )
  })

  test('writes the rows of a symbol that one record closes at one time behind each other, counting down', () => {
    fc.assert(
      fc.property(tape, (records) => {
        const stood = engine()
        for (const record of records) {
          const rows = valuesOf(applied(stood, record))
          const groups = rows.map(({ symbol, ts }) => `${symbol} ${ts}`)
          expect(rows.map((row) => row.rows_left)).toEqual(
            groups.map((group, at) => groups.filter((other, place) => other === group && place > at).length),
          )
          expect(new Set(groups).size).toBe(rows.filter((row) => row.rows_left === 0).length)
          expect(groups.filter((group, at) => group !== groups[at - 1])).toHaveLength(new Set(groups).size)
        }
      }),
    )
  })

  test('reflects every bar: in a row, as a repeat or in a refusal', () => {
    fc.assert(
      fc.property(tape, (records) => {
        const emissions = appliedAll(engine(), records)
        const arrived = valuesOf(emissions).map(({ symbol, timeframe, ts }) => `${symbol} ${timeframe} ${ts}`)
        const rows = new Set(arrived)
        const rest = emissions.filter(({ kind }) => kind === 'refusal' || kind === 'duplicate').length
        const bars = records.flatMap((each) => (each.kind === 'data' && each.recordName.endsWith('Bar') ? [each] : []))
        const seen = bars.filter(({ value }) => rows.has(`${value.symbol} ${value.timeframe} ${value.ts}`))
        expect(arrived).toHaveLength(rows.size)
        expect(seen.length + rest).toBeGreaterThanOrEqual(bars.length)
      }),
    )
  })

  test('goes on from a snapshot, copied as JSON and arrays are, as if it had not stopped', () => {
    fc.assert(
      fc.property(tape, fc.nat(), (records, cut) => {
        const at = cut % (records.length + 1)
        const first = engine()
        const second = engine()
        appliedAll(second, records.slice(0, 5))
        const before = appliedAll(first, records.slice(0, at))
        second.restore(structuredClone(first.snapshot()))
        const after = appliedAll(second, records.slice(at))
        expect([...before, ...after]).toEqual(appliedAll(engine(), records))
      }),
    )
  })
})

test('a snapshot shares nothing with the state it was taken of, and fits its layout only', () => {
  const stood = engine()
  appliedAll(stood, [tapeBar(START + DAY)])
  const snapshot = stood.snapshot()
  const copy = structuredClone(snapshot)
  appliedAll(stood, [tapeBar(START + 2 * DAY)])
  expect(snapshot).toEqual(copy)
  expect(snapshot.layoutHash).toBe(testEngines.layoutHash)
  expect(() => stood.restore({ ...snapshot, layoutHash: 'other' })).toThrow('Cannot restore layout other')
})
