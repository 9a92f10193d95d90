import type { Timeframe } from '../../catalog/timeframe.ts'

/**
 * What every indicator sees of the bar being folded. `index` counts bars of the state from 0. `previousClose` is in today's
 * units (rescaled if a split lies between) and NaN on bar 0, as are `logReturn` = ln(C/C[1]) and
 * `trueRange` = max(H-L, |H-C[1]|, |L-C[1]|) (Wilder 1978).
 */
export type Bar = {
  index: number
  open: number
  high: number
  low: number
  close: number
  volume: number
  timeframe: Timeframe
  previousClose: number
  logReturn: number
  trueRange: number
}

/** A bar for an engine to refill at each step, so that a step allocates nothing. */
export function createBar(): Bar {
  return {
    index: 0,
    open: Number.NaN,
    high: Number.NaN,
    low: Number.NaN,
    close: Number.NaN,
    volume: Number.NaN,
    timeframe: '1d',
    previousClose: Number.NaN,
    logReturn: Number.NaN,
    trueRange: Number.NaN,
  }
}
