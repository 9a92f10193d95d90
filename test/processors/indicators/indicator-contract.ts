import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { createIndicatorEngine, indicatorDependencies } from '../../../processors/indicators/engine.ts'
import { afterSplit, type Candle, candles, cleanMarkets, markets, run, stepOne } from './candles.ts'
import { agrees, medianMagnitude } from './shared-data.ts'

const RUNS = { numRuns: 15 }

/** Bars beyond warm-up that the properties look at. */
const TAIL = 60

/** What every indicator promises. `row` is one row of `catalog`; its values come from an engine of it and what it depends on. */
export function registerIndicatorContract(row: IndicatorRow, catalog: readonly IndicatorRow[]): void {
  const engine = createIndicatorEngine(withDependencies(row, catalog))
  const own = engine.columns.flatMap(({ indicatorId }, index) => (indicatorId === row.id ? [index] : []))
  const warmup = row.warmupBars ?? 1
  const length = warmup + TAIL
  const ownOf = (out: Float64Array | undefined): number[] => own.map((column) => out?.[column] ?? Number.NaN)
  const values = (rows: readonly Float64Array[]): number[][] => rows.map(ownOf)

  describe(row.id, () => {
    it('has its first value exactly when the catalog says, and one on every bar after, flat and silent ones included', () => {
      expect(own.map((column) => engine.warmup(column))).toEqual(own.map(() => warmup))
      fc.assert(
        fc.property(markets(length), (market) => {
          const empty = values(run(engine, candles(market))).map((cells) => cells.map(Number.isNaN))
          expect(empty).toEqual(empty.map((cells, index) => cells.map(() => index < warmup - 1)))
        }),
        RUNS,
      )
    })

    it('stays within its declared range', () => {
      fc.assert(
        fc.property(markets(length), (market) => {
          const cells = values(run(engine, candles(market))).slice(warmup - 1)
          row.outputs.forEach(({ min, max }, position) => {
            const column = cells.map((values) => values[position] ?? Number.NaN)
            expect(Math.min(...column)).toBeGreaterThanOrEqual(min ?? Number.NEGATIVE_INFINITY)
            expect(Math.max(...column)).toBeLessThanOrEqual(max ?? Number.POSITIVE_INFINITY)
          })
        }),
        RUNS,
      )
    })

    it('gives the same bits in one batch, interleaved with other symbols, and restored from a snapshot at any bar', () => {
      fc.assert(
        fc.property(markets(length), markets(length), fc.nat(length - 1), (market, other, cut) => {
          const bars = candles(market)
          const batchState = engine.createState()
          const batch = run(engine, bars, batchState)

          const states = [engine.createState(), engine.createState()] as const
          const neighbours = candles(other)
          const stream = bars.map((bar, index) => {
            stepOne(engine, states[1], neighbours[index] ?? bar, '1h')
            return stepOne(engine, states[0], bar)
          })

          const before = engine.createState()
          run(engine, bars.slice(0, cut), before)
          const snapshot = Buffer.from(before.buffer.slice(0))
          const restoredEngine = createIndicatorEngine(withDependencies(row, catalog))
          expect(restoredEngine.layoutHash).toBe(engine.layoutHash)
          const restored = new Float64Array(new Uint8Array(snapshot).buffer)
          const afterwards = run(restoredEngine, bars.slice(cut), restored)

          expect(sameBits(values(stream), values(batch))).toBe(true)
          expect(sameBits(values(afterwards), values(batch).slice(cut))).toBe(true)
          expect(sameBits([[...states[0]]], [[...batchState]])).toBe(true)
          expect(sameBits([[...restored]], [[...batchState]])).toBe(true)
        }),
        RUNS,
      )
    })

    it('gives the same bits beside all other indicators as alone', () => {
      const all = createIndicatorEngine(catalog)
      const columns = all.columns.flatMap(({ indicatorId }, index) => (indicatorId === row.id ? [index] : []))
      const bars = candles({ seed: 7, length, flat: 0.1, silent: 0.1 })
      const together = run(all, bars).map((out) => columns.map((column) => out[column] ?? Number.NaN))
      expect(sameBits(together, values(run(engine, bars)))).toBe(true)
    })

    it('does not look ahead: a row is the same whatever bars come after it', () => {
      fc.assert(
        fc.property(markets(length), markets(length), fc.nat(length), (market, other, cut) => {
          const past = candles(market).slice(0, cut)
          const future = candles(other).slice(cut)
          const whole = run(engine, [...past, ...future])
          expect(sameBits(values(whole).slice(0, cut), values(run(engine, past)))).toBe(true)
        }),
        RUNS,
      )
    })

    if (row.memoryClass === 'finite') {
      it('gives the same bits whatever bar the stream started at', () => {
        fc.assert(
          fc.property(markets(length), fc.nat(TAIL), (market, start) => {
            const bars = candles(market)
            const late = values(run(engine, bars.slice(start))).slice(warmup - 1)
            expect(sameBits(late, values(run(engine, bars)).slice(start + warmup - 1))).toBe(true)
          }),
          RUNS,
        )
      })
    }

    const settleBars = row.settleBars
    if (row.memoryClass === 'recursive' && settleBars !== undefined) {
      it('forgets the bar the stream started at within settle_bars after warm-up, to 1e-6', () => {
        const settled = warmup - 1 + settleBars
        fc.assert(
          fc.property(cleanMarkets(settled + 2 * TAIL), fc.integer({ min: 1, max: TAIL }), (market, start) => {
            const bars = candles(market)
            const early = values(run(engine, bars)).slice(start + settled)
            const late = values(run(engine, bars.slice(start))).slice(settled)
            own.forEach((_, position) => {
              const expected = early.map((cells) => cells[position] ?? Number.NaN)
              const magnitude = medianMagnitude(expected)
              const apart = late.filter(
                (cells, index) =>
                  !agrees(cells[position] ?? Number.NaN, expected[index] ?? Number.NaN, 1e-6, magnitude),
              )
              expect(apart).toEqual([])
            })
          }),
          RUNS,
        )
      })
    }

    it('does not jump at a split: rescaled, it goes on as on bars that were always in the new units', () => {
      fc.assert(
        fc.property(markets(length), fc.nat(length), fc.constantFrom(0.5, 2, 4), (market, cut, factor) => {
          const bars = candles(market)
          const ours = runAcrossSplit(bars, cut, factor)
          const adjusted = values(run(engine, afterSplit(bars, factor))).slice(cut)
          expect(sameBits(ours, adjusted)).toBe(true)
        }),
        RUNS,
      )
    })

    function runAcrossSplit(bars: readonly Candle[], cut: number, factor: number): number[][] {
      const state = engine.createState()
      run(engine, bars.slice(0, cut), state)
      engine.rescale(state, factor)
      return values(run(engine, afterSplit(bars.slice(cut), factor), state))
    }
  })
}

function withDependencies(row: IndicatorRow, catalog: readonly IndicatorRow[]): readonly IndicatorRow[] {
  const needed = new Set([row.id])
  for (const id of needed) {
    const found = catalog.find((candidate) => candidate.id === id)
    if (found !== undefined) for (const dependency of indicatorDependencies(found)) needed.add(dependency)
  }
  return catalog.filter(({ id }) => needed.has(id))
}

function sameBits(actual: readonly number[][], expected: readonly number[][]): boolean {
  return (
    actual.length === expected.length &&
    actual.every((cells, index) => cells.every((cell, position) => Object.is(cell, expected[index]?.[position])))
  )
}
