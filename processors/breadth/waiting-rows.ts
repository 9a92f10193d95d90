import { TIMEFRAMES, type Timeframe } from '../../catalog/timeframe.ts'
import type { MemberRow } from './section.ts'

/** The rows of one barrier of one timeframe. */
export type Bucket = { readonly timeframe: Timeframe; readonly barrier: number; readonly rows: readonly MemberRow[] }

/** Rows that wait for their barrier to close. */
export interface WaitingRows {
  /**
   * Adds a row. It takes the place of the symbol's older one, with the splits of both; when the one that waits is as new or newer,
   * that is kept and returned.
   */
  add(timeframe: Timeframe, barrier: number, row: MemberRow): MemberRow | undefined
  /** Takes out what belongs to barriers up to `upTo`, in order of (barrier, timeframe), the rows of each by symbol. */
  take(upTo: number): readonly Bucket[]
  /** What waits, as data. */
  snapshot(): readonly Bucket[]
  restore(buckets: readonly Bucket[]): void
}

type Waiting = { readonly timeframe: Timeframe; readonly barrier: number; readonly rows: Map<string, MemberRow> }

/** Waiting rows; what they hold does not depend on how the partitions interleave, as a symbol is on one of them. */
export function createWaitingRows(): WaitingRows {
  const waiting = new Map<string, Waiting>()

  const bucketOf = (timeframe: Timeframe, barrier: number): Waiting => {
    const id = `${barrier} ${timeframe}`
    const known = waiting.get(id)
    if (known !== undefined) return known
    const fresh = { timeframe, barrier, rows: new Map<string, MemberRow>() }
    waiting.set(id, fresh)
    return fresh
  }

  const sorted = (upTo: number): readonly Bucket[] =>
    [...waiting.values()]
      .filter(({ barrier }) => barrier <= upTo)
      .sort((a, b) => a.barrier - b.barrier || TIMEFRAMES.indexOf(a.timeframe) - TIMEFRAMES.indexOf(b.timeframe))
      .map(({ timeframe, barrier, rows }) => ({
        timeframe,
        barrier,
        rows: [...rows.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
      }))

  return {
    add(timeframe, barrier, row) {
      const { rows } = bucketOf(timeframe, barrier)
      const known = rows.get(row.symbol)
      if (known !== undefined && known.ts >= row.ts) return known
      rows.set(row.symbol, { ...row, splitFactor: row.splitFactor * (known?.splitFactor ?? 1) })
      return undefined
    },
    take(upTo) {
      const due = sorted(upTo)
      for (const { timeframe, barrier } of due) waiting.delete(`${barrier} ${timeframe}`)
      return due
    },
    snapshot: () => sorted(Number.POSITIVE_INFINITY),
    restore(buckets) {
      waiting.clear()
      for (const { timeframe, barrier, rows } of buckets) for (const row of rows) this.add(timeframe, barrier, row)
    },
  }
}
