import type { Timeframe } from '../../catalog/timeframe.ts'
import { parseTimeframe } from '../../catalog/timeframe.ts'
import type { DataRecord } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import { isTime } from './indicator-input.ts'

/** Full name of the record of the topic `market-state`. */
export const MARKET_STATE_ROW = 'barline.state.MarketState'

/** The value of a cross-sectional row at barrier `ts`; NaN = absent. Times are UTC epoch milliseconds. */
export type BarrierValue = { readonly ts: number; readonly knownAt: number; readonly value: number }

/** Names a cross-sectional series. */
export function marketSeries(timeframe: Timeframe, name: string): string {
  return `${timeframe} ${name}`
}

/**
 * The barrier rows that a view reads, by barrier time: what a lookup finds depends on the times asked for, never on how far
 * ahead the topic has been read. Rows of other series are not kept.
 */
export class MarketState {
  #series: Map<string, BarrierValue[]>

  constructor(wanted: Iterable<string>) {
    this.#series = new Map([...wanted].map((series) => [series, []]))
  }

  /** Whether the view reads any row. */
  get isRead(): boolean {
    return this.#series.size > 0
  }

  /** Takes a row; a refusal says what is wrong with it. */
  take({ value: row }: DataRecord): Refusal | undefined {
    const { timeframe: text, name, ts, known_at: knownAt, value } = row
    const timeframe = typeof text === 'string' ? parseTimeframe(text) : undefined
    if (timeframe === undefined) return { reason: 'UNKNOWN_TIMEFRAME', message: `timeframe is ${String(text)}` }
    const number = value ?? Number.NaN
    const isValue = typeof number === 'number' && (value === null || value === undefined || Number.isFinite(number))
    if (!isTime(ts) || !isTime(knownAt) || !isValue || typeof name !== 'string') {
      return { reason: 'NOT_FINITE', message: 'ts, known_at or value is not a finite number, or name no text' }
    }
    const kept = this.#series.get(marketSeries(timeframe, name))
    if (kept === undefined) return undefined
    const newest = kept.at(-1)
    if (newest !== undefined && newest.ts >= ts) {
      return { reason: 'TIMES_OUT_OF_ORDER', message: `${name} of barrier ${ts} comes after that of ${newest.ts}` }
    }
    kept.push({ ts, knownAt, value: number })
    return undefined
  }

  /** The newest row of a series with `notBefore` <= ts < `before`. */
  newest(series: string, notBefore: number, before: number): BarrierValue | undefined {
    const found = this.#series.get(series)?.findLast(({ ts }) => ts < before)
    return found !== undefined && found.ts >= notBefore ? found : undefined
  }

  /** Forgets every row that no lookup with `before` >= `floor` can find. */
  forget(floor: number): void {
    for (const rows of this.#series.values()) {
      const newest = rows.findLastIndex(({ ts }) => ts < floor)
      if (newest > 0) rows.splice(0, newest)
    }
  }

  /** What is kept, as data. */
  snapshot(): readonly (readonly [string, readonly BarrierValue[]])[] {
    return [...this.#series].map(([series, rows]) => [series, [...rows]] as const)
  }

  /** Keeps exactly what a snapshot of the same view kept. */
  restore(snapshot: ReturnType<MarketState['snapshot']>): void {
    this.#series = new Map(snapshot.map(([series, rows]) => [series, [...rows]]))
  }
}
