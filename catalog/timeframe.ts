/** The bar lengths that Barline knows, shortest first. */
export const TIMEFRAMES = ['1m', '5m', '15m', '1h', '1d', '1w'] as const

/** One bar length. */
export type Timeframe = (typeof TIMEFRAMES)[number]

/** The bar lengths whose duration is a fixed number of milliseconds; a day or a week is what its session calendar says. */
export type IntradayTimeframe = Exclude<Timeframe, '1d' | '1w'>

/** Duration of an intraday bar in milliseconds. */
export const INTRADAY_DURATION_MS: Readonly<Record<IntradayTimeframe, number>> = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
}

/** Returns the timeframe that `text` spells, or undefined when it spells none (`2h`, `1D`, an empty cell). */
export function parseTimeframe(text: string): Timeframe | undefined {
  return TIMEFRAMES.find((timeframe) => timeframe === text)
}
