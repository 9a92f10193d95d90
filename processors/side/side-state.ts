import type { MacroReleases } from './macro-releases.ts'
import { emptyPortfolio, type Portfolio } from './portfolio.ts'
import type { SymbolSide } from './symbol-side.ts'

/** Version of the form of a snapshot; a change of meaning must raise it. */
const SNAPSHOT_VERSION = 2

/** The beginning of the times that a date can have, in UTC epoch milliseconds. */
const EARLIEST_MS = -8.64e15

/** What the side inputs of a partition have been folded into. Times in UTC epoch milliseconds. */
export type SideState = {
  /** The newest time seen: of a record when it became known, of a bar its close. */
  newestMs: number
  readonly symbols: Map<string, SymbolSide>
  /** By series id. */
  readonly macro: Map<string, MacroReleases>
  readonly portfolio: Portfolio
}

type Snapshot = {
  readonly version: number
  readonly newestMs: number
  readonly symbols: readonly (readonly [string, SymbolSide])[]
  readonly macro: readonly (readonly [string, MacroReleases])[]
  readonly portfolio: Omit<Portfolio, 'holdings'> & {
    readonly holdings: readonly (readonly [string, readonly object[]])[]
  }
}

/** A state that has seen nothing; `portfolio` is the id of the one that counts, null for the first seen. */
export function emptySideState(portfolio: string | null): SideState {
  return { newestMs: EARLIEST_MS, symbols: new Map(), macro: new Map(), portfolio: emptyPortfolio(portfolio) }
}

/** A copy of the state as data that JSON keeps as it is. */
export function snapshotOf({ newestMs, symbols, macro, portfolio }: SideState): unknown {
  const snapshot: Snapshot = {
    version: SNAPSHOT_VERSION,
    newestMs,
    symbols: [...symbols],
    macro: [...macro],
    portfolio: { ...portfolio, holdings: [...portfolio.holdings] },
  }
  return structuredClone(snapshot)
}

/** The state of a snapshot. Throws RangeError on one that this version did not write. */
export function stateOf(snapshot: unknown): SideState {
  const { version } = (snapshot ?? {}) as Partial<Snapshot>
  if (version !== SNAPSHOT_VERSION) {
    throw new RangeError(`The side inputs have a snapshot of version ${version}, not ${SNAPSHOT_VERSION}`)
  }
  const { newestMs, symbols, macro, portfolio } = structuredClone(snapshot as Snapshot)
  return {
    newestMs,
    symbols: new Map(symbols),
    macro: new Map(macro),
    portfolio: { ...portfolio, holdings: new Map(portfolio.holdings) as Portfolio['holdings'] },
  }
}
