/**
 * Cross-sectional mid-rank of each value among those that are there: (less + 0.5 * (equal - 1)) / (n - 1), 0..1, equal itself
 * included. NaN for what is not there, and for all when fewer than `least` (at least 2) are.
 */
export function midRanks(values: Float64Array, least = 2): Float64Array {
  const ranks = new Float64Array(values.length).fill(Number.NaN)
  const present = values.filter((value) => !Number.isNaN(value)).sort()
  const count = present.length
  if (count < Math.max(2, least)) return ranks
  for (let member = 0; member < values.length; member += 1) {
    const value = values[member] ?? Number.NaN
    if (Number.isNaN(value)) continue
    const less = countBelow(present, value)
    const equal = countUpTo(present, value) - less
    ranks[member] = (less + 0.5 * (equal - 1)) / (count - 1)
  }
  return ranks
}

function countBelow(ascending: Float64Array, bound: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? Number.NaN) < bound) low = middle + 1
    else high = middle
  }
  return low
}

function countUpTo(ascending: Float64Array, bound: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? Number.NaN) <= bound) low = middle + 1
    else high = middle
  }
  return low
}
