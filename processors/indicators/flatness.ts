/**
 * Whether a spread (a standard or mean absolute deviation) of values around `level` is no more than the rounding of their mean,
 * so that dividing by it would blow up noise. The bound is relative: it is as good for prices of 1e-6 as of 1e6.
 */
export function isFlat(spread: number, level: number): boolean {
  return spread <= 1e-12 * Math.abs(level)
}
