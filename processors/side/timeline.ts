/** A fact and the time from which it may be used; UTC epoch milliseconds. */
export type Dated = { readonly from: number }

/** When a tape record acts: on bars that close at or after both the time it takes effect and the time it was known. */
export function actsFrom({ ts, known_at }: { readonly ts: number; readonly known_at: number }): number {
  return Math.max(ts, known_at)
}

/** The newest entry that may be used at `ts`. `entries` ascend by `from`. */
export function newestAt<Entry extends Dated>(entries: readonly Entry[], ts: number): Entry | undefined {
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const entry = entries[index]
    if (entry !== undefined && entry.from <= ts) return entry
  }
  return undefined
}

/** Puts an entry in its place; among equal times the one taken later comes last. */
export function insert<Entry extends Dated>(entries: Entry[], entry: Entry): void {
  const before = entries.findLastIndex(({ from }) => from <= entry.from)
  entries.splice(before + 1, 0, entry)
}

/** Drops the entries that are replaced before `horizonMs`, which no bar asks for any more; returns how many. */
export function forget(entries: Dated[], horizonMs: number): number {
  const base = entries.findLastIndex(({ from }) => from <= horizonMs)
  if (base <= 0) return 0
  entries.splice(0, base)
  return base
}
