import { isZero } from '../params.ts'

/** Returns are cut off at this many volatilities. */
const LIMIT = 5

/** A log return in volatilities, between -5 and 5; without volatility 0. */
export function scaledReturn(logReturn: number, volatility: number): number {
  if (isZero(volatility)) return 0
  return Math.min(LIMIT, Math.max(-LIMIT, logReturn / volatility))
}
