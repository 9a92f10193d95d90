/** A straight line through samples. `uncertainty` is two standard errors of the slope, in units of y by units of x. */
export type Slope = { readonly perX: number; readonly uncertainty: number; readonly mean: number }

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * Least squares. Neighbouring samples of a process resemble each other, and so say less than as many independent ones: the standard
 * error is widened by the correlation of neighbouring residuals r, by sqrt((1 + r) / (1 - r)), where r is above 0.
 */
export function slopeOf(samples: readonly { readonly x: number; readonly y: number }[]): Slope {
  const n = samples.length
  if (n < 4) throw new RangeError(`A slope needs four samples, here are ${n}`)
  const [meanX, meanY] = [mean(samples.map(({ x }) => x)), mean(samples.map(({ y }) => y))]
  const spread = samples.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0)
  const perX = samples.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread
  const residuals = samples.map(({ x, y }) => y - meanY - perX * (x - meanX))
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0)
  const neighbours = residuals.reduce((sum, residual, at) => sum + residual * (residuals[at - 1] ?? 0), 0)
  const r = squares > 0 ? Math.min(0.99, Math.max(0, neighbours / squares)) : 0
  const error = Math.sqrt(squares / (n - 2) / spread) * Math.sqrt((1 + r) / (1 - r))
  return { perX, uncertainty: 2 * error, mean: meanY }
}
