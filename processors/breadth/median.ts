/** Median of the values that are there, the mean of the middle two for an even number; NaN without any. */
export function median(values: Iterable<number>): number {
  const present = Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort()
  return medianOfSorted(present)
}

/** Median of ascending values, leaving out the one at `skip`. */
export function medianOfSorted(ascending: Float64Array, skip = ascending.length): number {
  const count = ascending.length - (skip < ascending.length ? 1 : 0)
  if (count === 0) return Number.NaN
  const at = (position: number): number => ascending[position < skip ? position : position + 1] ?? Number.NaN
  const upper = at(count >> 1)
  return count % 2 === 1 ? upper : (at((count >> 1) - 1) + upper) / 2
}
