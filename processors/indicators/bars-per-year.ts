import type { Timeframe } from '../../catalog/timeframe.ts'

/**
 * Bars of a year of regular US sessions (252 days of 6.5 hours), by timeframe: what annualises a volatility where a catalog
 * row has no such table of its own. Same numbers as `bars_per_year` of the realised volatilities.
 */
export const BARS_PER_YEAR: Readonly<Record<Timeframe, number>> = {
  '1m': 98_280,
  '5m': 19_656,
  '15m': 6_552,
  '1h': 1_638,
  '1d': 252,
  '1w': 52,
}

/** What turns a volatility per bar of `timeframe` into one per year. */
export function annualFactor(timeframe: Timeframe): number {
  return Math.sqrt(BARS_PER_YEAR[timeframe])
}
