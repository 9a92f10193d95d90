import type { Timeframe } from '../../catalog/timeframe.ts'

/**
 * What an indicator may read that is not in its own bars: values as they are known at the bar's close. Who calls the engine
 * fills them in (stage one from the tape, `compute` from files); per-share figures are in the units of the bar.
 * An event field of type T counts sessions: `next` to the nearest known one (0 = today), `last` since the newest past one.
 */
export const SIDE_FIELDS = [
  // Close of the symbol's benchmark for the same session.
  'benchmark.close',
  // The last quote within the bar.
  'quote.bid',
  'quote.ask',
  // The newest reported figures; withdrawn, older than 400 days or never reported: NaN.
  'fundamental.eps_ttm',
  'fundamental.eps_ttm_prev_year',
  'fundamental.book_value_per_share',
  'fundamental.dividends_per_share_annualized',
  'fundamental.revenue_ttm',
  'fundamental.revenue_ttm_prev_year',
  'fundamental.total_debt',
  'fundamental.total_equity',
  // Age in days of the newest word of the event calendar: a calendar silent for more than 7 days is not to be relied on.
  'event.feed_age_days',
  'event.earnings.next',
  'event.earnings.last',
  'event.macro_high.next',
  'event.macro_high.last',
  'event.dividend_ex.next',
  'event.dividend_ex.last',
  'event.split.next',
  'event.split.last',
  // The newest announced earnings: how many there have been, and sessions since.
  'surprise.count',
  'surprise.actual',
  'surprise.consensus',
  'surprise.sessions_since',
  // The newest portfolio snapshot; age in sessions of the symbol's calendar.
  'portfolio.age_sessions',
  'portfolio.equity',
  'portfolio.gross_notional',
  'portfolio.net_notional',
  // Largest equity so far, moved by deposits and withdrawals.
  'portfolio.peak_equity',
  'portfolio.hhi',
  'portfolio.top_weight',
  // The symbol's own position; 0 when flat.
  'position.quantity',
  'position.notional',
  'position.average_entry',
  // z-scores of the newest releases, over 60 of them.
  'macro.growth_z',
  'macro.inflation_z',
] as const

/** One of {@link SIDE_FIELDS}, or an output of another timeframe of the same symbol, as {@link otherTimeframe} names it. */
export type SideField = (typeof SIDE_FIELDS)[number] | `${string}@${Timeframe}`

/** The newest value of an output on another timeframe of the same symbol: of its newest bar with `ts_close` <= that of the bar. */
export function otherTimeframe(timeframe: Timeframe, indicatorId: string, output: string): SideField {
  return `${indicatorId}.${output}@${timeframe}`
}

/** What {@link otherTimeframe} named; undefined for a field of the list. */
export function parseOtherTimeframe(
  field: string,
): { readonly timeframe: Timeframe; readonly indicatorId: string; readonly output: string } | undefined {
  const [, indicatorId, output, timeframe] = /^([^.@]+)\.([^.@]+)@(\w+)$/.exec(field) ?? []
  if (indicatorId === undefined || output === undefined || timeframe === undefined) return undefined
  return { timeframe: timeframe as Timeframe, indicatorId, output }
}
