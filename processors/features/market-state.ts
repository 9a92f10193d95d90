import { parseTimeframe, type Timeframe } from '../../catalog/timeframe.ts'
import type { Reach } from '../breadth/reach.ts'
import type { DataRecord } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import { isTime } from './indicator-input.ts'

/** Full name of the record of what holds for all symbols of a timeframe at a barrier. */
export const MARKET_STATE_ROW = 'barline.state.MarketState'

/** Full name of the record of one symbol among its peers at a barrier. */
export const UNIVERSE_STATE_ROW = 'barline.state.UniverseState'

/** Which of the two records, and of which timeframe. */
export type BarrierSource = { readonly reach: Reach; readonly timeframe: Timeframe }

/**
 * What is kept of a record: the values of the fields that are read of its kind, in the order in which they were asked for, NaN
 * where there is none. Times are UTC epoch milliseconds.
 */
export type BarrierRow = { readonly ts: number; readonly knownAt: number; readonly values: Float64Array }

/** The rows kept of a timeframe, oldest first: by symbol, those of the market under no symbol. */
export type BarrierSnapshot = readonly (readonly [
  reach: Reach,
  timeframe: Timeframe,
  symbol: string,
  rows: readonly BarrierRow[],
])[]

type Kept = BarrierSource & {
  readonly fields: string[]
  readonly rows: Map<string, BarrierRow[]>
}

/** Under what the rows of the market are kept. */
const NO_SYMBOL = ''

/**
 * The barrier rows that views read, by barrier time: what a lookup finds depends on the times asked for, never on how far
 * ahead the topic has been read. Rows of which nothing is read are not kept.
 */
export class MarketState {
  readonly #kept: Kept[] = []

  /** Asks for a field of the rows of a source before any is taken; gives its index in the values of each. */
  want(source: BarrierSource, field: string): number {
    const known = this.#keptOf(source)
    const fields: string[] = known?.fields ?? []
    if (known === undefined) this.#kept.push({ ...source, fields, rows: new Map() })
    const index = fields.indexOf(field)
    return index < 0 ? fields.push(field) - 1 : index
  }

  /** Whether any row is asked for. */
  get isRead(): boolean {
    return this.#kept.length > 0
  }

  /** Takes a record of either kind; a refusal says what is wrong with it. */
  take({ recordName, key, value: row }: DataRecord): Refusal | undefined {
    const reach = recordName === UNIVERSE_STATE_ROW ? 'universe' : 'market'
    const { timeframe: text, symbol, ts, known_at: knownAt } = row
    const timeframe = typeof text === 'string' ? parseTimeframe(text) : undefined
    if (timeframe === undefined) return { reason: 'UNKNOWN_TIMEFRAME', message: `timeframe is ${String(text)}` }
    if (reach === 'universe' && symbol !== key) {
      return { reason: 'KEY_MISMATCH', message: `symbol is ${String(symbol)}, the key ${key}` }
    }
    if (!isTime(ts) || !isTime(knownAt)) {
      return { reason: 'NOT_FINITE', message: 'ts or known_at is not a time in milliseconds' }
    }
    const kept = this.#keptOf({ reach, timeframe })
    if (kept === undefined) return undefined
    const values = Float64Array.from(kept.fields, (field) => numberOf(row[field]))
    if (values.includes(Number.POSITIVE_INFINITY)) {
      return { reason: 'NOT_FINITE', message: `one of ${kept.fields.join(', ')} is not a finite number` }
    }
    const name = reach === 'universe' ? key : NO_SYMBOL
    const rows = kept.rows.get(name) ?? []
    const newest = rows.at(-1)
    if (newest !== undefined && newest.ts >= ts) {
      return { reason: 'TIMES_OUT_OF_ORDER', message: `barrier ${ts} comes after that of ${newest.ts}` }
    }
    rows.push({ ts, knownAt, values })
    kept.rows.set(name, rows)
    return undefined
  }

  /** The newest row of a source with `notBefore` <= ts < `before`; `symbol` is whose, where each has one. */
  newest(source: BarrierSource, symbol: string, notBefore: number, before: number): BarrierRow | undefined {
    const rows = this.#keptOf(source)?.rows.get(source.reach === 'universe' ? symbol : NO_SYMBOL)
    const found = rows?.findLast(({ ts }) => ts < before)
    return found === undefined || found.ts < notBefore ? undefined : found
  }

  /** Forgets every row that no lookup with `before` >= `floor` can find. */
  forget(floor: number): void {
    for (const { rows } of this.#kept) {
      for (const own of rows.values()) {
        const newest = own.findLastIndex(({ ts }) => ts < floor)
        if (newest > 0) own.splice(0, newest)
      }
    }
  }

  /** What is kept, as data. */
  snapshot(): BarrierSnapshot {
    return this.#kept.flatMap(({ reach, timeframe, rows }) =>
      [...rows].map(([symbol, own]) => [reach, timeframe, symbol, [...own]] as const),
    )
  }

  /** Keeps exactly what a snapshot of the same view kept. */
  restore(snapshot: BarrierSnapshot): void {
    for (const { rows } of this.#kept) rows.clear()
    for (const [reach, timeframe, symbol, rows] of snapshot) {
      this.#keptOf({ reach, timeframe })?.rows.set(symbol, [...rows])
    }
  }

  #keptOf({ reach, timeframe }: BarrierSource): Kept | undefined {
    return this.#kept.find((one) => one.reach === reach && one.timeframe === timeframe)
  }
}

/** A value of a record, NaN where there is none; infinity for what is no finite number. */
function numberOf(value: unknown): number {
  // A record written before the field was has none; that is the same as an absent value.
  if (value === null || value === undefined) return Number.NaN
  return typeof value === 'number' && Number.isFinite(value) ? value : Number.POSITIVE_INFINITY
}
