/** What the order of a bar depends on; times in UTC epoch milliseconds. */
type Placed = { readonly ts_open: number; readonly ts: number }

/** Brings bars of several timeframes into the order in which they close. */
export interface CloseOrder<T extends Placed> {
  /** Takes the next bar of the file and gives those that no later bar can precede, in order of their close. */
  take(bar: T): readonly T[]
  /** Gives the rest. */
  finish(): readonly T[]
}

/**
 * For a file in order of time by open or by close, wholly or symbol by symbol: a bar waits until one opens at its close or later,
 * or the file goes back in time to the next symbol. Bars of equal close stay in the order of the file. At most the bars that
 * overlap in time wait.
 */
export function createCloseOrder<T extends Placed>(): CloseOrder<T> {
  let waiting: T[] = []
  let firstClose = Number.POSITIVE_INFINITY
  let last: T | undefined

  const release = (limitMs: number): readonly T[] => {
    if (waiting.length === 0 || firstClose > limitMs) return []
    const over = waiting.filter(({ ts }) => ts <= limitMs)
    waiting = waiting.filter(({ ts }) => ts > limitMs)
    firstClose = waiting.reduce((least, { ts }) => Math.min(least, ts), Number.POSITIVE_INFINITY)
    // Array.prototype.sort is stable: what is equal stays in the order of the file.
    return over.sort((a, b) => a.ts - b.ts)
  }

  return {
    take(bar) {
      const goesBack = last !== undefined && bar.ts_open < last.ts_open && bar.ts < last.ts
      last = bar
      const released = release(goesBack ? Number.POSITIVE_INFINITY : bar.ts_open)
      waiting.push(bar)
      firstClose = Math.min(firstClose, bar.ts)
      return released
    },
    finish: () => release(Number.POSITIVE_INFINITY),
  }
}
