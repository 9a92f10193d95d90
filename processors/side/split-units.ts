import { CANCELLED, type TapeEvent } from '../ingest/tape-record.ts'

/** A split of a symbol: what was stated before `ts` is in old units. `applied` once the state has been rescaled by it. */
export type SplitMark = { readonly ts: number; readonly factor: number; applied: boolean }

/** Notes an announced split, or takes back one that has not been applied. */
export function noteSplit(splits: SplitMark[], { ts, value, detail }: TapeEvent): void {
  if (detail === CANCELLED) {
    const index = splits.findLastIndex((split) => split.ts === ts && !split.applied)
    if (index >= 0) splits.splice(index, 1)
  } else if (value !== null) splits.push({ ts, factor: value, applied: false })
}

/**
 * Marks the oldest waiting split of this factor as applied and returns the time before which figures are in old units. A split
 * that nobody announced divides all there is: the answer is then Infinity.
 */
export function applySplit(splits: readonly SplitMark[], factor: number): number {
  let oldest: SplitMark | undefined
  for (const split of splits) {
    if (!split.applied && split.factor === factor && (oldest === undefined || split.ts < oldest.ts)) oldest = split
  }
  if (oldest === undefined) return Number.POSITIVE_INFINITY
  oldest.applied = true
  return oldest.ts
}

/** New shares per old between the units of what is stated at `ts` and those of today; 1 without a split between. */
export function splitFactorSince(splits: readonly SplitMark[] | undefined, ts: number): number {
  let factor = 1
  for (const split of splits ?? []) if (split.applied && split.ts > ts) factor *= split.factor
  return factor
}
