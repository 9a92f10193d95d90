import type { TapePosition } from '../ingest/tape-record.ts'
import type { FieldSlots } from './field-slots.ts'
import type { SessionIndex } from './session-index.ts'
import { actsFrom, type Dated, forget, newestAt } from './timeline.ts'

/** A position in one snapshot. A held position whose price is not known has no notional. */
type Holding = Dated & {
  readonly ts: number
  quantity: number
  readonly notional: number | null
  averageEntry: number | null
}

/** Sums over the positions of a snapshot; null where a notional is not known. */
type Totals = { readonly gross: number; readonly net: number; readonly hhi: number; readonly top: number }

/** A snapshot as it is known from `from` on; `ts` is its own time. `peakBefore` is the largest equity of those before, 0 without. */
type Snapshot = Dated & {
  readonly ts: number
  readonly peakBefore: number
  equity: number | null
  flow: number | null
  /** Undefined until somebody asks; null where they are not known. */
  totals?: Totals | null
}

/** The snapshots of the one portfolio of a deployment and, by symbol, what it held. `id` is null before the first record. */
export type Portfolio = {
  id: string | null
  readonly snapshots: Snapshot[]
  readonly holdings: Map<string, Holding[]>
}

/** A portfolio of which nothing is known; `id` where it is configured. */
export function emptyPortfolio(id: string | null): Portfolio {
  return { id, snapshots: [], holdings: new Map() }
}

/**
 * Notes a position. Positions of equal `ts` form a snapshot, which replaces the one before: a symbol that is not in it is flat.
 * Records that come with one `known_at` act together; a later record of the same `ts` corrects the snapshot from then on. A
 * record of an older snapshot, or of another portfolio than the first seen (or the configured one), has no effect.
 */
export function notePosition(portfolio: Portfolio, record: TapePosition, splitFactor: number, horizonMs: number): void {
  portfolio.id ??= record.portfolio
  const newest = portfolio.snapshots.at(-1)
  if (record.portfolio !== portfolio.id || (newest !== undefined && record.ts < newest.ts)) return
  const from = Math.max(actsFrom(record), newest?.from ?? Number.NEGATIVE_INFINITY)
  const snapshot = openSnapshot(portfolio, record.ts, from, horizonMs)
  snapshot.equity = record.equity ?? snapshot.equity
  snapshot.flow = record.flow ?? snapshot.flow
  delete snapshot.totals
  const quantity = record.quantity * splitFactor
  const notional = record.quantity === 0 ? 0 : record.price === null ? null : record.quantity * record.price
  const averageEntry = record.average_entry === null ? null : record.average_entry / splitFactor
  const held = portfolio.holdings.get(record.symbol) ?? []
  portfolio.holdings.set(record.symbol, held)
  held.push({ from, ts: record.ts, quantity, notional, averageEntry })
}

/** The snapshot that a record of `ts` belongs to from `from` on. */
function openSnapshot(portfolio: Portfolio, ts: number, from: number, horizonMs: number): Snapshot {
  const { snapshots, holdings } = portfolio
  const newest = snapshots.at(-1)
  if (newest !== undefined && newest.ts === ts && newest.from === from) return newest
  // What was held is only to be seen until the next record changes it.
  if (newest !== undefined) newest.totals ??= totalsOf(holdings, newest)
  const opened: Snapshot =
    newest?.ts === ts
      ? { from, ts, peakBefore: newest.peakBefore, equity: newest.equity, flow: newest.flow }
      : { from, ts, peakBefore: newest === undefined ? 0 : peakOf(newest), equity: null, flow: null }
  snapshots.push(opened)
  if (forget(snapshots, horizonMs) > 0) forgetHoldings(portfolio, horizonMs)
  return opened
}

function forgetHoldings({ snapshots, holdings }: Portfolio, horizonMs: number): void {
  const oldestMs = snapshots[0]?.ts ?? Number.NEGATIVE_INFINITY
  for (const [symbol, held] of holdings) {
    forget(held, horizonMs)
    if ((held.at(-1)?.ts ?? oldestMs) < oldestMs) holdings.delete(symbol)
  }
}

/** Brings the holdings of a symbol from before `splitMs` into the units after a split; what they are worth does not change. */
export function rescaleHoldings({ holdings }: Portfolio, symbol: string, splitMs: number, factor: number): void {
  for (const holding of holdings.get(symbol) ?? []) {
    if (holding.ts >= splitMs) continue
    holding.quantity *= factor
    if (holding.averageEntry !== null) holding.averageEntry /= factor
  }
}

/** Writes the newest snapshot known at `ts` and the symbol's own position in it, 0 when flat. */
export function fillPortfolio(
  { snapshots, holdings }: Portfolio,
  symbol: string,
  sessions: SessionIndex,
  ts: number,
  slots: FieldSlots,
  into: Float64Array,
): void {
  const snapshot = newestAt(snapshots, ts)
  if (snapshot === undefined) return
  if (snapshot.totals === undefined) snapshot.totals = totalsOf(holdings, snapshot)
  const { totals } = snapshot
  const held = newestAt(holdings.get(symbol) ?? [], ts)
  const own = held?.ts === snapshot.ts ? held : undefined
  const age = slots['portfolio.age_sessions']
  if (age !== undefined) into[age] = sessionsBetween(sessions, snapshot.ts, ts)
  const put = (slot: number | undefined, value: number | null | undefined) => {
    if (slot !== undefined) into[slot] = value ?? Number.NaN
  }
  put(slots['portfolio.equity'], snapshot.equity)
  put(slots['portfolio.peak_equity'], peakOf(snapshot))
  put(slots['portfolio.gross_notional'], totals?.gross)
  put(slots['portfolio.net_notional'], totals?.net)
  put(slots['portfolio.hhi'], totals?.hhi)
  put(slots['portfolio.top_weight'], totals?.top)
  put(slots['position.quantity'], own === undefined ? 0 : own.quantity)
  put(slots['position.notional'], own === undefined ? 0 : own.notional)
  put(slots['position.average_entry'], own === undefined || own.quantity === 0 ? 0 : own.averageEntry)
}

/** From the session of one instant to that of another; both belong to the newest session that opened before them. */
function sessionsBetween(sessions: SessionIndex, fromMs: number, toMs: number): number {
  const from = sessions.ofBar(fromMs)
  const to = sessions.ofBar(toMs)
  return from === undefined || to === undefined ? Number.NaN : to.ordinal - from.ordinal
}

/**
 * The largest equity up to a snapshot. Money paid in or taken out moves the earlier peak in proportion, so that it changes no
 * drawdown: peak * equity / (equity - flow). Where nothing was there before the flow the peak begins anew.
 */
function peakOf({ peakBefore, equity, flow }: Snapshot): number {
  if (equity === null) return peakBefore
  if (flow === null || flow === 0) return Math.max(peakBefore, equity)
  const equityBefore = equity - flow
  const moved = equityBefore > 0 ? Math.max(0, peakBefore * (equity / equityBefore)) : 0
  return Math.max(moved, equity)
}

/** Sums in order of symbol, so that every partition gets the same bits. Shares of no position at all are 0. */
function totalsOf(holdings: Portfolio['holdings'], { ts }: Snapshot): Totals | null {
  const symbols = [...holdings].filter(([, held]) => held.at(-1)?.ts === ts).map(([symbol]) => symbol)
  let [gross, net, squares, largest] = [0, 0, 0, 0]
  for (const symbol of symbols.sort()) {
    const notional = holdings.get(symbol)?.at(-1)?.notional ?? null
    if (notional === null) return null
    gross += Math.abs(notional)
    net += notional
    squares += notional * notional
    largest = Math.max(largest, Math.abs(notional))
  }
  if (gross === 0) return { gross, net, hhi: 0, top: 0 }
  return { gross, net, hhi: Math.min(1, squares / (gross * gross)), top: largest / gross }
}
