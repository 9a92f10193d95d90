import { describe, expect, it } from '@jest/globals'
import type { IndicatorOutput, IndicatorRow } from '../../../catalog/indicator-row.ts'
import { stageOneRows } from '../../../catalog/stage-one.ts'
import { namesColumn } from './null-rules.ts'
import { describeWithShared } from './shared-data.ts'
import { SCENE_FILES, sharedScenes } from './shared-scenes.ts'
import { foldSurrounded } from './surroundings.ts'
import { catalogRows, engineRows, wholeEngine } from './whole-catalog.ts'

/** Columns, or whole indicators, that have no value anywhere in the shared data, by reason. Their own tests make one. */
const NO_VALUE: readonly { readonly columns: readonly string[]; readonly reason: string }[] = [
  { columns: ['spread_bp'], reason: 'no file has quotes' },
  {
    columns: ['pb', 'rev_growth_yoy', 'debt_to_equity'],
    reason: 'only SNOW has book values, revenues and debts, and it has no bars',
  },
  { columns: ['earnings_surprise_v1'], reason: 'no file has what earnings were expected to be' },
  {
    columns: ['gross_exposure', 'net_exposure', 'portfolio_dd_v1', 'concentration_idx_v1', 'position_ctx_v1'],
    reason: 'no file has a portfolio',
  },
  {
    columns: ['trend_mtf_v1.state_short'],
    reason:
      'no symbol has bars of 15m and 1h over the 56 days that the trend of 1d needs; on 1d there is no short timeframe',
  },
]

/** Codes that never occur in the shared data, by reason. */
const NO_CODE: readonly { readonly column: string; readonly codes: readonly number[]; readonly reason: string }[] = [
  { column: 'sar_002_020.direction', codes: [0], reason: 'it is always long or short' },
  { column: 'supertrend_10_3.direction', codes: [0], reason: 'it is always up or down' },
  { column: 'macro_release_flag.value', codes: [1], reason: 'no file has dates of releases' },
  { column: 'event_window_state_v1.event_type', codes: [2], reason: 'macro_high: no file has dates of releases' },
  {
    column: 'breakout_episode_v1.last_outcome',
    codes: [3],
    reason:
      'replaced: an opposite breakout closes below the low of the 20 bars before it, which is more than 0.5 ATR behind the level ' +
      'unless these are narrower than that; it has failed before, or on the same bar (in none of the 280,000 shared bars else)',
  },
]

describe('the catalog', () => {
  it('has 186 rows, all of which an engine computes but those that need other symbols', () => {
    expect(catalogRows).toHaveLength(186)
    const ids = engineRows.map(({ id }) => id)
    expect(stageOneRows(catalogRows).filter(({ id }) => !ids.includes(id))).toEqual([])
    expect(ids).toHaveLength(175)
  })

  it('has each output of each row in the engine, and no other', () => {
    const declared = engineRows.flatMap(({ id, outputs }) => outputs.map(({ name }) => `${id}.${name}`))
    expect([...new Set(wholeEngine.columns.map(({ name }) => name))]).toEqual(declared)
  })
})

describeWithShared('on the shared data', SCENE_FILES, () => {
  const values = new Map<string, Set<number>>()
  let bars = 0

  // The work is done once, and here, so that it counts as a test's and is under its time limit.
  it('every row is computed on every bar', () => {
    for (const scene of sharedScenes().values()) {
      for (const row of foldSurrounded(wholeEngine, scene)) {
        bars += 1
        wholeEngine.columns.forEach(({ name, unit, dtype }, column) => {
          const value = row[column] ?? Number.NaN
          const seen = values.get(name) ?? new Set()
          values.set(name, seen)
          const isCoded = unit === 'code' || dtype === 'bool'
          if (!Number.isNaN(value) && (isCoded || seen.size < 3)) seen.add(value)
        })
      }
    }
    expect(bars).toBe(17_700)
  }, 120_000)

  it('every output of every row has a value, or a reason why not', () => {
    const named = NO_VALUE.flatMap(({ columns }) => columns)
    const empty = [...values].flatMap(([name, seen]) => (seen.size === 0 ? [name] : []))
    expect(empty.filter((name) => !named.some((one) => namesColumn(one, name)))).toEqual([])
    expect(named.filter((one) => !empty.some((name) => namesColumn(one, name)))).toEqual([])
  })

  it('every output that has values has more than one', () => {
    const few = [...values].flatMap(([name, seen]) => (seen.size === 1 ? [name] : []))
    expect(few).toEqual(['macro_release_flag.value'])
  })

  it('every declared state occurs, or has a reason why not, and no other does', () => {
    const wrong = engineRows.flatMap((row) =>
      row.outputs.flatMap((output) => {
        const name = `${row.id}.${output.name}`
        const seen = [...(values.get(name) ?? [])].toSorted((a, b) => a - b)
        if (seen.length === 0) return []
        const absent = NO_CODE.find(({ column }) => column === name)?.codes ?? []
        const expected = codesOf(row, output).filter((code) => !absent.includes(code))
        return expected.length === 0 || seen.join() === expected.join() ? [] : [`${name}: ${seen}, not ${expected}`]
      }),
    )
    expect(wrong).toEqual([])
  })
})

/** The codes that an output may take, ascending; none for a number. Where the row names no states, they are all of its range. */
function codesOf({ stateSpaces }: IndicatorRow, { name, unit, dtype, min, max }: IndicatorOutput): readonly number[] {
  if (unit !== 'code' && dtype !== 'bool') return []
  const named = Object.keys(stateSpaces[name] ?? {}).map(Number)
  const isNamed = named.length > 0 && named.every((code) => !Number.isNaN(code))
  if (isNamed) return named.toSorted((a, b) => a - b)
  if (min === null || max === null) throw new Error(`${name} is a code without a range`)
  return Array.from({ length: max - min + 1 }, (_, index) => min + index)
}
