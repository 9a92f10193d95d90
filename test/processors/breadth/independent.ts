/** Plain loops for what breadth computes, written from the catalog's words and apart from its code. NaN = absent. */

/** Mid-rank of value `i` by counting all pairs. */
export function rankOf(values: readonly number[], i: number): number {
  const there = values.filter((value) => !Number.isNaN(value))
  const value = values[i] ?? Number.NaN
  if (Number.isNaN(value) || there.length < 10) return Number.NaN
  const less = there.filter((other) => other < value).length
  const equal = there.filter((other) => other === value).length
  return (less + 0.5 * (equal - 1)) / (there.length - 1)
}

/** Mean, over pairs, of the covariance over the mean product of deviations. */
export function averagePairCorrelation(series: readonly (readonly number[])[]): number {
  const centred = series.map((one) => {
    const mean = one.reduce((sum, value) => sum + value, 0) / one.length
    return one.map((value) => value - mean)
  })
  const product = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, value, t) => sum + value * (b[t] ?? 0), 0)
  const deviations = centred.map((one) => Math.sqrt(product(one, one)))
  let [covariances, weights] = [0, 0]
  centred.forEach((a, i) => {
    centred.forEach((b, j) => {
      if (i >= j) return
      covariances += product(a, b)
      weights += (deviations[i] ?? 0) * (deviations[j] ?? 0)
    })
  })
  return covariances / weights
}

/** Median by sorting. */
export function plainMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]]
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
}

/**
 * Weighted moments of all returns so far as explicit weighted sums: the first has weight lambda^(n-1), the others
 * (1 - lambda) * lambda^(age), which add up to 1.
 */
export function weightedMoments(rows: readonly (readonly number[])[], lambda: number) {
  const count = rows.length
  const weights = rows.map((_, t) => (t === 0 ? lambda ** (count - 1) : (1 - lambda) * lambda ** (count - 1 - t)))
  const size = rows[0]?.length ?? 0
  const sum = (value: (row: readonly number[]) => number) =>
    rows.reduce((total, row, t) => total + (weights[t] ?? 0) * value(row), 0)
  const mean = Array.from({ length: size }, (_, i) => sum((row) => row[i] ?? 0))
  const covariance = mean.map((a, i) => mean.map((b, j) => sum((row) => ((row[i] ?? 0) - a) * ((row[j] ?? 0) - b))))
  return { mean, covariance }
}

/** x' inv(A) x by Gauss-Jordan elimination with pivoting. */
export function mahalanobis(matrix: readonly (readonly number[])[], x: readonly number[]): number {
  const rows = matrix.map((row, i) => [...row, x[i] ?? 0])
  const size = rows.length
  for (let column = 0; column < size; column += 1) {
    const best = rows.slice(column).reduce((found, row, at) => {
      return Math.abs(row[column] ?? 0) > Math.abs(rows[column + found]?.[column] ?? 0) ? at : found
    }, 0)
    const [pivot = [], other = []] = [rows[column + best], rows[column]]
    rows[column + best] = other
    rows[column] = pivot.map((value) => value / (pivot[column] ?? 0))
    for (let row = 0; row < size; row += 1) {
      if (row === column) continue
      const factor = rows[row]?.[column] ?? 0
      rows[row] = (rows[row] ?? []).map((value, at) => value - factor * (rows[column]?.[at] ?? 0))
    }
  }
  return rows.reduce((total, row, i) => total + (row[size] ?? 0) * (x[i] ?? 0), 0)
}
