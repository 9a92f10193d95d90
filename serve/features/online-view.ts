import type { ServedRow } from './served-row.ts'

/** How far a partition of a view's topic has been read. Times are UTC epoch milliseconds. */
export type PartitionClock = {
  /** Largest `known_at` of a record or marker: what became known before it has been read, but for late records. */
  readonly knownUntil: number
  /** A record that is still to come was known at this time or later, however late its source was. */
  readonly finalUntil: number
  /** Offset of the newest row. */
  readonly newestOffset: number
}

/** A record that the history must hold before it can answer. */
export type NeededRecord = { readonly partition: number; readonly offset: number }

/** Where an answer comes from: a row in memory, the history, or nowhere, since the symbol had no row by then. */
export type Found = (
  | { readonly kind: 'row'; readonly row: ServedRow }
  | { readonly kind: 'none' }
  /** Older than what is kept here; the history has it once it holds `needed`, and if that is undefined, already. */
  | { readonly kind: 'history'; readonly needed: NeededRecord | undefined }
) & {
  /** Whether no record that is still to come can change the answer. */
  readonly isFinal: boolean
}

/** The newest rows of a view, a bounded number for each symbol, as its topic gives them. */
export type OnlineView = {
  /** Takes a row; one that was taken before is passed over. */
  takeRow(row: ServedRow): void
  takeMarker(partition: number, marker: { readonly ts: number; readonly known_at: number }): void
  /** From now on rows of the symbol up to this `ts` are read from the history, which has corrected ones. */
  correctedUntil(symbol: string, ts: number): void
  /** The topic had rows of the symbol up to this `ts` before it was made anew: these too are read from the history. */
  madeAnewAfter(symbol: string, ts: number): void
  /** Symbols that have a row, here or in the history. */
  symbols(): readonly string[]
  has(symbol: string): boolean
  /** The clock of the symbol's partition; undefined for a symbol without rows here. */
  clockOf(symbol: string): PartitionClock | undefined
  clocks(): ReadonlyMap<number, PartitionClock>
  newest(symbol: string): Found
  /** The newest row known at `asOf`. */
  find(symbol: string, asOf: number): Found
  /** What the history must hold for all rows of the symbol with `ts` below `to` to be there; undefined = none is here. */
  neededFor(symbol: string, to: number): NeededRecord | undefined
  /** Rows kept at present. */
  readonly size: number
  /** Bytes of the numbers of these rows. */
  readonly bytes: number
}

/** What a view in memory is made with. */
export type OnlineViewOptions = {
  /** Rows kept of a symbol. */
  readonly rowsPerSymbol: number
  /** Grace of the clock: a bar closes at most so long before the marker behind which it still comes. */
  readonly graceMs: number
}

type SymbolRows = {
  readonly partition: number
  /** Oldest first, ascending in `ts`, `knownAt` and `offset`. */
  readonly rows: ServedRow[]
  /** Offset of the newest row that is not kept; -1 = all are. */
  evictedOffset: number
  historyUntil: number
}

const START: PartitionClock = {
  knownUntil: Number.NEGATIVE_INFINITY,
  finalUntil: Number.NEGATIVE_INFINITY,
  newestOffset: -1,
}

/** Makes a view that has read nothing. */
export function createOnlineView({ rowsPerSymbol, graceMs }: OnlineViewOptions): OnlineView {
  const bySymbol = new Map<string, SymbolRows>()
  const clocks = new Map<number, PartitionClock>()
  /** By symbol the newest `ts` that is read from the history, although a row of it may be here. */
  const historyUntil = new Map<string, number>()
  const madeAnew = new Set<string>()
  let size = 0
  let bytes = 0

  const clock = (partition: number): PartitionClock => clocks.get(partition) ?? START

  const rowAt = (kept: SymbolRows, at: number, asOf: number): Found => {
    const { rows, partition, evictedOffset } = kept
    const row = rows[at]
    const isFinal = at < rows.length - 1 || asOf < clock(partition).finalUntil
    const offset = row?.offset ?? evictedOffset
    const isInHistory =
      row === undefined ? offset >= 0 || kept.historyUntil > Number.NEGATIVE_INFINITY : row.ts <= kept.historyUntil
    if (isInHistory) return { kind: 'history', needed: offset < 0 ? undefined : { partition, offset }, isFinal }
    return row === undefined ? { kind: 'none', isFinal } : { kind: 'row', row, isFinal }
  }

  const find = (symbol: string, asOf: number): Found => {
    const kept = bySymbol.get(symbol)
    if (kept === undefined) {
      return historyUntil.has(symbol)
        ? { kind: 'history', needed: undefined, isFinal: false }
        : { kind: 'none', isFinal: false }
    }
    let at = kept.rows.length - 1
    while (at >= 0 && (kept.rows[at]?.knownAt ?? 0) > asOf) at -= 1
    return rowAt(kept, at, asOf)
  }

  const readFromHistory = (symbol: string, ts: number): void => {
    const until = Math.max(ts, historyUntil.get(symbol) ?? ts)
    historyUntil.set(symbol, until)
    const kept = bySymbol.get(symbol)
    if (kept !== undefined) kept.historyUntil = until
  }

  return {
    takeRow(row) {
      const { symbol, partition, offset } = row
      const kept = bySymbol.get(symbol) ?? {
        partition,
        rows: [],
        evictedOffset: -1,
        historyUntil: historyUntil.get(symbol) ?? Number.NEGATIVE_INFINITY,
      }
      bySymbol.set(symbol, kept)
      if (offset <= Math.max(kept.rows.at(-1)?.offset ?? -1, kept.evictedOffset)) return
      kept.rows.push(row)
      size += 1
      bytes += bytesOf(row)
      if (kept.rows.length > rowsPerSymbol) {
        const evicted = kept.rows.shift()
        kept.evictedOffset = evicted?.offset ?? kept.evictedOffset
        size -= 1
        bytes -= evicted === undefined ? 0 : bytesOf(evicted)
      }
      const { knownUntil, finalUntil, newestOffset } = clock(partition)
      clocks.set(partition, {
        knownUntil: Math.max(knownUntil, row.knownAt),
        finalUntil,
        newestOffset: Math.max(newestOffset, offset),
      })
    },
    takeMarker(partition, { ts, known_at: knownAt }) {
      const before = clock(partition)
      clocks.set(partition, {
        ...before,
        knownUntil: Math.max(before.knownUntil, knownAt),
        finalUntil: Math.max(before.finalUntil, ts - graceMs),
      })
    },
    correctedUntil: readFromHistory,
    madeAnewAfter(symbol, ts) {
      madeAnew.add(symbol)
      readFromHistory(symbol, ts)
    },
    symbols: () => [...new Set([...bySymbol.keys(), ...madeAnew])],
    has: (symbol) => bySymbol.has(symbol) || madeAnew.has(symbol),
    clockOf(symbol) {
      const kept = bySymbol.get(symbol)
      return kept && clock(kept.partition)
    },
    clocks: () => clocks,
    newest: (symbol) => find(symbol, Number.POSITIVE_INFINITY),
    find,
    neededFor(symbol, to) {
      const kept = bySymbol.get(symbol)
      const offset = kept?.rows.findLast(({ ts }) => ts < to)?.offset ?? kept?.evictedOffset ?? -1
      return kept === undefined || offset < 0 ? undefined : { partition: kept.partition, offset }
    },
    get size() {
      return size
    },
    get bytes() {
      return bytes
    },
  }
}

function bytesOf({ values, vectors, imputed, zones }: ServedRow): number {
  let bytes = values.byteLength + imputed.byteLength + zones.byteLength
  for (const vector of vectors.values()) bytes += vector.byteLength
  return bytes
}
