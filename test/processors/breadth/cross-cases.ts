import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { loadCatalog } from '../../../catalog/indicators.ts'
import { type Instruments, parseInstruments } from '../../../catalog/instruments.ts'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { type DailyReturns, noReturns } from '../../../processors/breadth/daily-returns.ts'
import { planCrossSection } from '../../../processors/breadth/plan.ts'
import type { MemberRow } from '../../../processors/breadth/section.ts'
import { createTimeframeFold, type TimeframeState } from '../../../processors/breadth/timeframe-fold.ts'

/** The whole catalog. */
export const catalog = loadCatalog()

/** The catalog row of an id, some of its cells replaced. Throws when there is none. */
export function rowOf(id: string, cells: Partial<IndicatorRow> = {}): IndicatorRow {
  const row = catalog.find((one) => one.id === id)
  if (row === undefined) throw new Error(`no row ${id}`)
  return { ...row, ...cells }
}

/** Instruments of `symbol: sector`; every other symbol is in the universe without sector, and SPX is the market index. */
export function instrumentsOf(sectors: Readonly<Record<string, string>> = {}): Instruments {
  const rows = Object.entries(sectors).map(([symbol, sector]) => `${symbol},equity,XNYS,USD,SPX,no,${sector},yes,`)
  const head = 'symbol,kind,calendar,currency,benchmark,reports_volume,sector,universe,note'
  const text = [head, '*,unknown,XNYS,USD,SPX,no,,yes,', 'SPX,index,XNYS,USD,,no,,no,', ...rows, ''].join('\n')
  return parseInstruments(text, 'test.csv', new Set(['XNYS']))
}

/** Values of fields by symbol. A field that is left out is absent, but for the bar. */
export type Values = Readonly<Record<string, Readonly<Record<string, number>>>>

/** What a barrier gave: the market's fields, and those of each member. */
export type Given = {
  readonly market: Readonly<Record<string, number>>
  readonly of: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** A fold of some catalog rows that takes barrier after barrier of one timeframe. */
export function crossFold(
  rows: readonly IndicatorRow[],
  options: { instruments?: Instruments; timeframe?: Timeframe; returns?: DailyReturns } = {},
) {
  const { instruments = instrumentsOf(), timeframe = '1d', returns = noReturns() } = options
  const plan = planCrossSection(rows)
  const fold = createTimeframeFold(plan, instruments, timeframe)
  const state: TimeframeState = fold.createState()
  let ts = 0

  const memberOf = (symbol: string, fields: Readonly<Record<string, number>>): MemberRow => {
    const bar: Readonly<Record<string, number>> = { open: 10, high: 12, low: 9, close: 11, volume: 100, ...fields }
    const values = Float64Array.from(plan.fields, (field) => bar[field] ?? Number.NaN)
    return { symbol, partition: 0, ts: fields.ts ?? ts, splitFactor: fields.split_factor ?? 1, values }
  }

  return {
    state,
    take(values: Values): Given | undefined {
      ts += 1
      const bySymbol = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1))
      const bucket = { timeframe, barrier: ts, rows: bySymbol.map(([symbol, fields]) => memberOf(symbol, fields)) }
      const outcome = fold.take(state, returns, bucket)
      if (outcome === undefined) return undefined
      const { section, results } = outcome
      const named = (fields: readonly string[], at: (column: number) => number | undefined) =>
        Object.fromEntries(fields.map((field, column) => [field, at(column) ?? Number.NaN]))
      return {
        market: named(plan.market, (column) => results.market[column]),
        of: Object.fromEntries(
          section.members.map(({ symbol }, place) => [
            symbol,
            named(plan.universe, (column) => results.universe[column]?.[place]),
          ]),
        ),
      }
    },
  }
}

/** `count` symbols A, B, C, ... with the fields that `make` gives for each number. */
export function symbols(count: number, make: (number: number) => Readonly<Record<string, number>>): Values {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [String.fromCharCode(65 + i), make(i)]))
}

/** Deterministic numbers in -1..1. */
export function noise(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 1_073_741_824 - 1
  }
}
