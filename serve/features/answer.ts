import type { Timeframe } from '../../catalog/timeframe.ts'
import type { Zone } from './zone-list.ts'

/** A value as it is served: a float32, a code, a truth value, a vector, or null = not available. */
export type FeatureValue = number | boolean | null | readonly number[]

/** An integer state beside its label. */
export type StateValue = { readonly code: number; readonly label: string | null }

/** Of the enabled features of the view: the shares that are not null, and not filled either, and the greatest age in bars of a value. */
export type RowQuality = {
  readonly fill_rate: number | null
  readonly measured_rate: number | null
  readonly staleness_bars: number | null
}

/** A row of a view as it is served. Times are UTC epoch milliseconds. */
export type AnswerRow = {
  readonly symbol: string
  /** Close of the bar. */
  readonly ts: number
  readonly known_at: number
  /** In the order of the answer's `features`. */
  readonly values: readonly FeatureValue[]
  /** Features that their missing policy filled. */
  readonly imputed: readonly string[]
  /** Features that are states and not null. */
  readonly states: Readonly<Record<string, StateValue>>
  readonly quality: RowQuality
  /** Support and resistance zones of the view's bars, oldest first; only where the request asks for them. */
  readonly zones?: readonly Zone[]
  /** The record it comes from. */
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: number }
}

/** How old a row is: since its close, until what was asked for, or for the newest row until what is known. */
export type RowAge = {
  readonly age_ms: number
  /** Bars of the timeframe that closed since, by the symbol's calendar; null where that does not know. */
  readonly age_bars: number | null
  /** Whether no record can change the answer any more, a correction by a backfill aside. */
  readonly is_final: boolean
}

/**
 * What a symbol gets: `ok` = a row; `stale` = there is one, but it is older than the request allows, so it has no values; `no_row` =
 * none was known by then.
 */
export type SymbolAnswer =
  | { readonly status: 'ok'; readonly row: AnswerRow; readonly age: RowAge }
  | {
      readonly status: 'stale'
      readonly symbol: string
      readonly ts: number
      readonly known_at: number
      readonly age: RowAge
    }
  | { readonly status: 'no_row'; readonly symbol: string; readonly is_final: boolean }

/** What of an answer is the same for all symbols. */
export type AnswerHead = {
  readonly pack_id: string
  readonly time_horizon: Timeframe
  readonly view: string
  /** Ids of the features, in the order of packs and ordinals. */
  readonly features: readonly string[]
  /** Hash of the contract of each pack. */
  readonly contracts: Readonly<Record<string, string>>
}

/** The answer to `getFeatures`, symbols as asked for. */
export type FeaturesAnswer = AnswerHead & {
  /** As asked for; null = the newest rows. */
  readonly as_of: number | null
  readonly symbols: readonly SymbolAnswer[]
}

/** The answer to `getHistory`, rows by symbol (in the order asked for) and ts. */
export type HistoryAnswer = AnswerHead & {
  readonly from: number
  readonly to: number
  readonly rows: readonly AnswerRow[]
}
