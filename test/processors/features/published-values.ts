import type { ResolvedFeature } from '../../../catalog/views.ts'

/** A row as it is published. */
export type Row = Readonly<Record<string, unknown>>

/** Range and policy over a whole column, without state: what is published, and whether it was filled. */
export function afterPolicy({ missing, min, max, rangeAction, dtype }: ResolvedFeature, raw: readonly number[]) {
  const isIn = (value: number) =>
    !Number.isNaN(value) && (rangeAction !== 'reject' || (value >= (min ?? -Infinity) && value <= (max ?? Infinity)))
  const serve = (value: number) => (dtype === 'float32' ? Math.fround(value) : value)
  const first = raw.findIndex((value) => !Number.isNaN(value))
  return raw.map((value, bar) => {
    if (isIn(value)) return { value: serve(value), isImputed: false }
    if (first < 0 || bar < first) return { value: Number.NaN, isImputed: false }
    if (missing.kind === 'zero') return { value: 0, isImputed: true }
    if (missing.kind === 'sentinel') return { value: serve(missing.value), isImputed: true }
    const since = missing.kind === 'ffill' ? missing.maxBars : 0
    const filling = raw.slice(Math.max(0, bar - since), bar).findLast(isIn)
    return filling === undefined ? { value: Number.NaN, isImputed: false } : { value: serve(filling), isImputed: true }
  })
}

/** Whether the row says that the policy of the feature filled its value. */
export function bitOf(row: Row, { pack, ordinal }: ResolvedFeature): boolean {
  const mask = row[`imputed_${pack}`] as Uint8Array
  return (((mask[ordinal >> 3] ?? 0) >> (ordinal & 7)) & 1) === 1
}

/** Equal but for the cast to float32. */
export function isNear(served: number, wanted: number): boolean {
  return Math.abs(served - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted))
}
