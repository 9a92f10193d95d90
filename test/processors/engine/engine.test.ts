import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { loadIndicatorCatalog } from '../../../catalog/indicators.ts'
import { createEngine } from '../../../processors/engine/engine.ts'
import type { Indicators } from '../../../processors/engine/symbol-state.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import type { InputRecord } from '../../../processors/processor.ts'
import { applied, appliedAll, asInput, data, type Emission } from '../ingest/driver.ts'
import { tapeBar, tapeMarker, tapeSplit } from './tape.ts'

/** Two columns: the previous close of the state in today's units (none on bar 0), and the number of bars. */
const indicators: Indicators = {
  columns: ['close', 'count'].map((output) => ({
    indicatorId: 'previous',
    output,
    name: `previous.${output}`,
    field: `previous__${output}`,
    unit: 'price',
    dtype: 'float64',
  })),
  createState: () => new Float64Array([Number.NaN, 0]),
  sideFields: [],
  step(state, { close }, out) {
    state[1] = (state[1] ?? 0) + 1
    out.set(state)
    state[0] = close
  },
  rescale(state, splitFactor) {
    state[0] = (state[0] ?? Number.NaN) / splitFactor
  },
}

const rowsOf = (records: readonly InputRecord[]) => values(appliedAll(createEngine({ indicators }), records))

const values = (emissions: readonly Emission[]) =>
  emissions.flatMap((emission) => (emission.kind === 'record' ? [emission.output.value] : []))

describe('the engine', () => {
  test('writes a row per bar with the bar, the columns and null for what is not available', () => {
    expect(applied(createEngine({ indicators }), tapeBar(100, { known_at: 105 }))).toEqual([
      {
        kind: 'record',
        output: {
          topic: 'indicators',
          key: 'AAA',
          recordName: 'barline.indicators.IndicatorRow',
          timestamp: 100,
          value: {
            symbol: 'AAA',
            timeframe: '1d',
            ts: 100,
            known_at: 105,
            ts_open: 90,
            open: 10,
            high: 12,
            low: 9,
            close: 11,
            volume: 100,
            split_factor: null,
            previous__close: null,
            previous__count: 1,
          },
        },
      },
    ])
  })

  test('keeps a state for each symbol and timeframe', () => {
    const other = { symbol: 'BBB' }
    const records = [tapeBar(1), tapeBar(1, { timeframe: '1h' }), tapeBar(1, other), tapeBar(2), tapeBar(2, other)]
    expect(rowsOf(records).map((row) => row.previous__count)).toEqual([1, 1, 1, 2, 2])
  })

  test('gives a row the latest known_at of all bars in its state', () => {
    const rows = rowsOf([tapeBar(1, { known_at: 9 }), tapeBar(2), tapeBar(2, { timeframe: '1h' })])
    expect(rows.map((row) => row.known_at)).toEqual([9, 9, 2])
  })

  test('passes markers on in their place', () => {
    const kinds = appliedAll(createEngine({ indicators }), [tapeBar(1), tapeMarker(2), tapeBar(3)])
    expect(kinds.map(({ kind }) => kind)).toEqual(['record', 'marker', 'record'])
    expect(kinds[1]).toMatchObject({ topic: 'indicators', marker: { kind: 'clock', ts: 2, known_at: 2 } })
  })

  test('refuses a record that is not of the tape', () => {
    const stranger = data({ topic: 'tape', recordName: 'barline.market.Bar', value: { symbol: 'AAA' } })
    expect(applied(createEngine({ indicators }), stranger)).toMatchObject([
      { kind: 'refusal', refusal: { reason: 'UNEXPECTED_RECORD' } },
    ])
  })

  test('waits for a head', () => {
    const engine = createEngine({ indicators })
    const head = { topic: 'tape', partition: 0, record: undefined, caughtUp: true }
    expect(engine.select([head])).toBeUndefined()
    expect(engine.select([{ ...head, record: tapeBar(1) }])).toBe(0)
  })
})

describe('a split', () => {
  test('acts on the first bar that closes when it is both known and in effect', () => {
    const closes = (split: InputRecord) => rowsOf([tapeBar(1), split, tapeBar(2), tapeBar(3), tapeBar(4)])
    const factors = (split: InputRecord) => closes(split).map((row) => row.split_factor)
    expect(factors(tapeSplit(3, 1))).toEqual([null, null, 2, null])
    expect(factors(tapeSplit(1, 3))).toEqual([null, null, 2, null])
    expect(factors(tapeSplit(0, 1))).toEqual([null, 2, null, null])
    expect(factors(tapeSplit(9, 1))).toEqual([null, null, null, null])
    expect(closes(tapeSplit(3, 1)).map((row) => row.previous__close)).toEqual([null, 11, 5.5, 11])
  })

  test('rescales every timeframe of its symbol at once, and no other symbol', () => {
    const hourly = { timeframe: '1h' }
    const other = { symbol: 'BBB' }
    const rows = rowsOf([
      tapeBar(1),
      tapeBar(1, hourly),
      tapeBar(1, other),
      tapeSplit(2, 1),
      tapeBar(2, hourly),
      tapeBar(2, other),
      tapeBar(3, hourly),
      tapeBar(3),
    ])
    expect(rows.map((row) => row.split_factor)).toEqual([null, null, null, 2, null, null, 2])
    expect(rows.map((row) => row.previous__close)).toEqual([null, null, null, 5.5, 11, 11, 5.5])
  })

  test('says nothing to a timeframe that has no bar yet', () => {
    expect(rowsOf([tapeSplit(1, 1), tapeBar(2)]).map((row) => row.split_factor)).toEqual([null])
  })

  test('multiplies with others that take effect before the same row', () => {
    const rows = rowsOf([tapeBar(1), tapeSplit(2, 1, 2), tapeSplit(3, 1, 0.25), tapeBar(4), tapeBar(5)])
    expect(rows.map((row) => row.split_factor)).toEqual([null, 0.5, null])
    expect(rows[1]?.previous__close).toBe(22)
  })

  test('other events leave rows as they are', () => {
    const dividend = tapeSplit(2, 1, 3, { event_type: 'dividend' })
    expect(rowsOf([tapeBar(1), dividend, tapeBar(2)])).toEqual(rowsOf([tapeBar(1), tapeBar(2)]))
  })
})

describe('the engine over the real catalog', () => {
  const real = createIndicatorEngine(loadIndicatorCatalog())

  test('does not jump at a split: prices in new units give the rows of the unsplit series in new units', () => {
    const price = (index: number) => 64 + 8 * Math.sin(index)
    const at = (index: number, factor: number) => {
      const [open, close] = [price(index) / factor, price(index + 0.5) / factor]
      const [high, low] = [Math.max(open, close) * 1.0625, Math.min(open, close) * 0.9375]
      return tapeBar(index + 1, { open, high, low, close, volume: 1024 * factor })
    }
    const bars = (splitAt: number) => Array.from({ length: 260 }, (_, index) => at(index, index < splitAt ? 1 : 2))
    const split = bars(200)
    const before = appliedAll(createEngine({ indicators: real }), bars(0))
    const after = appliedAll(createEngine({ indicators: real }), [
      ...split.slice(0, 200),
      tapeSplit(201, 150),
      ...split.slice(200),
    ])
    const ratios = real.columns.filter(({ unit }) => ['index', 'z', 'ratio', 'pct'].includes(unit))
    expect(ratios.length).toBeGreaterThan(3)
    const rows = values(after).slice(200)
    for (const [index, row] of rows.entries()) {
      const expected = values(before)[200 + index]
      for (const { field } of ratios) {
        const [value, wanted] = [row[field], expected?.[field]]
        if (typeof wanted !== 'number') expect(value).toBe(wanted)
        else expect(Number(value)).toBeCloseTo(wanted, 9)
      }
    }
    expect(rows.map((row) => row.split_factor).filter((factor) => factor !== null)).toEqual([2])
  })
})

const tapeRecord = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('1h', '1d').map((timeframe) => ({ kind: 'bar' as const, timeframe })) },
  {
    weight: 1,
    arbitrary: fc
      .record({ ahead: fc.integer({ min: -3, max: 6 }), factor: fc.constantFrom(2, 0.5, 3) })
      .map((split) => ({ kind: 'split' as const, ...split })),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'marker' as const }) },
)

const tape = fc
  .array(fc.record({ what: tapeRecord, symbol: fc.constantFrom('AAA', 'BBB') }), { maxLength: 40 })
  .map((steps) =>
    steps.map(({ what, symbol }, index): InputRecord => {
      const ts = 10 + index
      if (what.kind === 'marker') return tapeMarker(ts)
      if (what.kind === 'split') return tapeSplit(ts + what.ahead, ts, what.factor, { symbol })
      return tapeBar(ts, { symbol, timeframe: what.timeframe, close: 9 + (index % 4) })
    }),
  )

describe('over any tape the engine', () => {
  test('depends on nothing that comes later', () => {
    fc.assert(
      fc.property(tape, fc.nat(), (records, cut) => {
        const length = cut % (records.length + 1)
        const whole = asInput(appliedAll(createEngine({ indicators }), records))
        const prefix = asInput(appliedAll(createEngine({ indicators }), records.slice(0, length)))
        expect(whole.slice(0, prefix.length)).toEqual(prefix)
      }),
    )
  })

  test('gives each symbol what it would have alone', () => {
    fc.assert(
      fc.property(tape, (records) => {
        const own = records.filter((record) => record.kind === 'data' && record.key === 'AAA')
        expect(rowsOf(records).filter((row) => row.symbol === 'AAA')).toEqual(rowsOf(own))
      }),
    )
  })

  test('writes one row per bar, with known_at that never falls along a symbol and timeframe', () => {
    fc.assert(
      fc.property(tape, (records) => {
        const rows = rowsOf(records)
        expect(rows).toHaveLength(records.filter((r) => r.kind === 'data' && r.recordName.endsWith('Bar')).length)
        const newest = new Map<string, number>()
        for (const row of rows) {
          const series = `${row.symbol} ${row.timeframe}`
          expect(Number(row.known_at)).toBeGreaterThanOrEqual(newest.get(series) ?? 0)
          newest.set(series, Number(row.known_at))
        }
      }),
    )
  })
})
