import { fieldOf, type Section } from './section.ts'

/** Daily bars that the moments of the baskets are left to settle before anything is made of them, as `warmup_bars` counts. */
export const SETTLING_BARS = 60

/** The return of each sector's basket: the equal-weight mean of its members' log returns, NaN for a sector without any. */
export function basketReturns(section: Section, returnField: number, sectors: readonly string[]): Float64Array {
  const returns = fieldOf(section, returnField)
  const sums = new Float64Array(sectors.length)
  const counts = new Float64Array(sectors.length)
  for (let member = 0; member < returns.length; member += 1) {
    const basket = sectors.indexOf(section.sectors[member] ?? '')
    const value = returns[member] ?? Number.NaN
    if (basket < 0 || Number.isNaN(value)) continue
    sums[basket] = (sums[basket] ?? 0) + value
    counts[basket] = (counts[basket] ?? 0) + 1
  }
  return sums.map((sum, basket) => (counts[basket] === 0 ? Number.NaN : sum / (counts[basket] ?? Number.NaN)))
}

/** Places of the baskets for which `holds`. */
export function basketsWhere(count: number, holds: (basket: number) => boolean): number[] {
  return Array.from({ length: count }, (_, basket) => basket).filter(holds)
}
