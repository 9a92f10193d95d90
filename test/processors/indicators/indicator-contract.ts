import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import * as runs from './contract-runs.ts'
import { mayBeNull } from './null-rules.ts'
import { surroundedBars } from './random-surroundings.ts'
import { agrees, medianMagnitude } from './shared-data.ts'
import { foldSurrounded } from './surroundings.ts'
import { wholeEngine, withDependencies } from './whole-catalog.ts'

/** The same cases for every row, so that each is computed once. A failure names seed, path and case; more attempts would be slow. */
const SEED = Math.floor(Math.random() * 2 ** 31)
const CASES = { seed: SEED, numRuns: 8, endOnFailure: true }
const LONG_CASES = { seed: SEED, numRuns: 4, endOnFailure: true }

/** Rows that the catalog calls finite although they show what has a longer memory. */
const FINITE_OF_RECURSIVE = ['state_onehot_vec_v1']

/** What every indicator promises. Values come from an engine of the whole catalog; the last promise ties them to the row alone. */
export function registerIndicatorContract(row: IndicatorRow): void {
  const own = wholeEngine.columns.flatMap(({ indicatorId }, index) => (indicatorId === row.id ? [index] : []))
  const outputs = new Map(row.outputs.map((output) => [output.name, output]))
  const columns = own.map((index) => {
    const column = wholeEngine.columns[index]
    const output = outputs.get(column?.output ?? '')
    if (column === undefined || output === undefined) throw new Error(`no column ${index} of ${row.id}`)
    return {
      index,
      name: column.name,
      dtype: output.dtype,
      min: output.min ?? Number.NEGATIVE_INFINITY,
      max: output.max ?? Number.POSITIVE_INFINITY,
    }
  })
  const firstBar = (row.warmupBars ?? 1) - 1

  const keeps = (title: string, outcome: (situation: runs.Case) => runs.Outcome) => {
    it(title, () => {
      fc.assert(
        fc.property(runs.cases, (situation) => {
          expect(differences(outcome(situation))).toEqual([])
        }),
        CASES,
      )
    })
  }

  describe(row.id, () => {
    it('has its first value exactly when the catalog says, and one on every bar after', () => {
      expect(own.map((column) => wholeEngine.warmup(column))).toEqual(own.map(() => firstBar + 1))
      fc.assert(
        fc.property(runs.cleanCases, (market) => {
          const computed = runs.batch(market)
          const circumstances = runs.circumstancesOf(market)
          const wrong = columns.flatMap(({ index, name }) => {
            // Where the data decides, they have had long enough to.
            const decided = row.warmupBars === undefined ? runs.LENGTH - runs.TAIL : firstBar
            const mustBeThere = !mayBeNull(name, circumstances)
            return computed.flatMap((values, bar) => {
              const isNull = Number.isNaN(values[index])
              if (bar < firstBar && !isNull) return [`${name} has a value at bar ${bar}`]
              if (bar >= decided && isNull && mustBeThere) return [`${name} has none at bar ${bar}`]
              return []
            })
          })
          expect(wrong.slice(0, 5)).toEqual([])
        }),
        CASES,
      )
    })

    it('has finite values within its range, and none missing without a reason, whatever the bars are like', () => {
      const hard = Object.entries(runs.HARD_MARKETS).map(([what, market]) => [what, problems(market).slice(0, 5)])
      expect(hard.filter(([, found]) => found?.length !== 0)).toEqual([])
      fc.assert(
        fc.property(runs.cases, ({ market }) => {
          expect(problems(market).slice(0, 5)).toEqual([])
        }),
        CASES,
      )
    })

    keeps('gives the same bits interleaved with another symbol as alone', runs.interleaved)
    keeps('goes on with the same bits from a snapshot at any bar', runs.restored)
    keeps('does not look ahead: a row is the same whatever bars come after it', runs.otherFuture)
    keeps('forgets a newest bar that was replaced', runs.replaced)
    keeps('does not jump at a split: rescaled, it goes on as on bars that were always in the new units', runs.split)

    if (row.memoryClass === 'finite' && !FINITE_OF_RECURSIVE.includes(row.id)) {
      it('gives the same bits whatever session the stream started with', () => {
        fc.assert(
          fc.property(runs.cases, (situation) => {
            const { actual, expected } = runs.lateStart(situation)
            const isSparse = row.warmupBars === undefined || !situation.market.complete
            // What was seen before a hole is not there in a stream that started within it.
            const known = isSparse ? actual.map((values) => own.some((column) => !Number.isNaN(values[column]))) : []
            const compared = { actual: actual.slice(firstBar), expected: expected.slice(firstBar) }
            const wrong = differences(compared, (bar) => known[bar + firstBar] ?? true)
            expect(wrong).toEqual([])
          }),
          CASES,
        )
      })
    }

    if (row.level === 'L1' && row.memoryClass === 'recursive' && row.settleBars !== undefined) {
      const settledBar = firstBar + row.settleBars
      it('forgets the bar the stream started at within settle_bars after warm-up, to 1e-6', () => {
        fc.assert(
          fc.property(runs.settlingCases, (situation) => {
            const { actual, expected } = runs.settled(situation)
            runs.settlingColumns.forEach(({ indicatorId, name }, column) => {
              if (indicatorId !== row.id) return
              const wanted = expected.slice(settledBar).map((values) => values[column] ?? Number.NaN)
              const magnitude = medianMagnitude(wanted)
              const apart = wanted.flatMap((value, index) => {
                const late = actual[index + settledBar]?.[column] ?? Number.NaN
                return agrees(late, value, 1e-6, magnitude) ? [] : [`${name} bar ${index}: ${late}, not ${value}`]
              })
              expect(apart.slice(0, 5)).toEqual([])
            })
          }),
          LONG_CASES,
        )
      })
    }

    it('gives the same bits alone as beside all others', () => {
      const engine = createIndicatorEngine(withDependencies([row.id]))
      const bars = surroundedBars(runs.SHARED_MARKET).slice(0, firstBar + runs.TAIL)
      const alone = foldSurrounded(engine, bars)
      const indexes = engine.columns.flatMap(({ indicatorId }, index) => (indicatorId === row.id ? [index] : []))
      const actual = alone.map((values) => indexes.map((index) => values[index]))
      const expected = runs
        .batch(runs.SHARED_MARKET)
        .slice(0, bars.length)
        .map((values) => own.map((index) => values[index]))
      expect(actual).toEqual(expected)
    })
  })

  /** The first few cells of this row that have not the same bits. */
  function differences(
    { actual, expected }: runs.Outcome,
    isCompared: (bar: number) => boolean = () => true,
  ): string[] {
    if (actual.length !== expected.length) return [`${actual.length} rows, not ${expected.length}`]
    const found: string[] = []
    for (let bar = 0; bar < actual.length && found.length < 5; bar += 1) {
      if (!isCompared(bar)) continue
      for (const { index, name } of columns) {
        const [one, other] = [actual[bar]?.[index], expected[bar]?.[index]]
        if (!Object.is(one, other)) found.push(`${name} bar ${bar}: ${one}, not ${other}`)
      }
    }
    return found
  }

  function problems(market: runs.Case['market']): string[] {
    const circumstances = runs.circumstancesOf(market)
    const computed = runs.batch(market)
    const found: string[] = []
    for (const { index, name, min, max, dtype } of columns) {
      const mustBeThere = row.warmupBars !== undefined && !mayBeNull(name, circumstances)
      const isWhole = dtype === 'int32' || dtype === 'bool'
      computed.forEach((values, bar) => {
        const value = values[index] ?? Number.NaN
        if (Number.isNaN(value)) {
          if (mustBeThere && bar >= firstBar) found.push(`${name} bar ${bar} has no value`)
          return
        }
        const isGood = Number.isFinite(value) && value >= min && value <= max && !(isWhole && !Number.isInteger(value))
        if (!isGood) found.push(`${name} bar ${bar}: ${value}`)
      })
    }
    return found
  }
}
