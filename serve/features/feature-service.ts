import type { Calendar } from '../../catalog/calendar.ts'
import type { ResolvedView } from '../../catalog/views.ts'
import { topicById } from '../../topics/topics.ts'
import type { FeaturesAnswer, HistoryAnswer, RowAge, SymbolAnswer } from './answer.ts'
import { createBarAge } from './bar-age.ts'
import { checkAsOf } from './check-as-of.ts'
import { checkSpan } from './check-span.ts'
import { FeatureServiceError, instant, unknownName } from './errors.ts'
import type { FeatureHistory } from './feature-history.ts'
import type { Found, NeededRecord, OnlineView, PartitionClock } from './online-view.ts'
import { createPackSelector, onlyFeatures, type PackSelection, type PackSelector } from './pack-selection.ts'
import { answerHead, createRowAnswer, type RowAnswer } from './row-answer.ts'
import type { ServedRow } from './served-row.ts'
import type { StoredOffsets } from './stored-offsets.ts'

/** Later than any time that is asked for, and one that ClickHouse knows. */
const ANY_TIME = Date.UTC(2200, 0, 1)

/** A request for the features of some symbols. Times are UTC epoch milliseconds. */
export type FeaturesRequest = {
  readonly symbols: readonly string[]
  /** The rows known then; without it the newest ones. Must be before what is known so far, so that the answer stays. */
  readonly asOf?: number | undefined
  /** Id of a pack version, or `core_v1` (the default) = the four packs without vectors. */
  readonly packId?: string | undefined
  /** Timeframe of the rows; 1h by default. */
  readonly timeHorizon?: string | undefined
  /** A row that is older at `asOf` is given as stale, without values: milliseconds since its close. */
  readonly maxAgeMs?: number | undefined
  /** The same in bars that closed since. */
  readonly maxAgeBars?: number | undefined
  /** Whether rows come with the support and resistance zones of the view's bars; false by default. */
  readonly zones?: boolean | undefined
}

/** A request for the rows of a span, `from <= ts < to`, as they are known now. */
export type HistoryRequest = {
  readonly symbols: readonly string[]
  readonly from: number
  readonly to: number
  readonly packId?: string | undefined
  readonly timeHorizon?: string | undefined
  /** Some features of the pack; all by default. */
  readonly features?: readonly string[] | undefined
  /** As of {@link FeaturesRequest}. */
  readonly zones?: boolean | undefined
}

/**
 * Features as of a time, by one rule: of a symbol's rows with `known_at <= asOf` the one with the newest `ts`. Rows of late are in
 * memory, older ones come from ClickHouse; both give the same values. Every call throws {@link FeatureServiceError} (a code says
 * which name or time is wrong) or what ClickHouse throws.
 */
export interface FeatureService {
  readonly selector: PackSelector
  getFeatures(request: FeaturesRequest): Promise<FeaturesAnswer>
  getHistory(request: HistoryRequest): Promise<HistoryAnswer>
  /** Throws unless every symbol is known and the history has all its rows before `to` that were published. */
  checkHistory(selection: PackSelection, symbols: readonly string[], to: number): Promise<void>
  /** Throws unless every symbol is known and the history has all its rows, and all its bars, that were published until now. */
  checkRowsAndBars(selection: PackSelection, symbols: readonly string[]): Promise<void>
  /** Symbols that have a row in the view of a selection. */
  symbolsOf(selection: PackSelection): readonly string[]
  clocksOf(selection: PackSelection): ReadonlyMap<number, PartitionClock>
  /** What is kept of each view. */
  held(): readonly HeldView[]
}

/** What is kept in memory of a view: rows, the bytes of their numbers, and how far each partition has been read. */
export type HeldView = {
  readonly view: string
  readonly rows: number
  readonly bytes: number
  readonly clocks: ReadonlyMap<number, PartitionClock>
}

/** A view as the service reads it. */
export type ServedView = { readonly view: ResolvedView; readonly online: OnlineView; readonly history: FeatureHistory }

/** What a service is made of. */
export type FeatureServiceOptions = {
  readonly views: readonly ServedView[]
  readonly stored: StoredOffsets
  /** The partition that rows of the symbol are on, or will be: that of its key. */
  readonly partitionOf: (symbol: string) => number
  readonly calendarOf: (symbol: string) => Calendar
  /** Symbols of the instrument catalog: known even before their first row. */
  readonly listed: ReadonlySet<string>
  readonly maxSymbols?: number
  readonly maxRows?: number
}

/** Puts a service together. */
export function createFeatureService(options: FeatureServiceOptions): FeatureService {
  const { views, stored, partitionOf, calendarOf, listed, maxSymbols = 2_000, maxRows = 200_000 } = options
  const selector = createPackSelector(views.map(({ view }) => view))
  const barAge = createBarAge(calendarOf)
  const servedBy = new Map(views.map((served) => [served.view.id, served]))
  const answers = new WeakMap<PackSelection, RowAnswer>()

  const viewOf = (selection: PackSelection): ServedView => {
    const served = servedBy.get(selection.view.id)
    if (served === undefined) throw new RangeError(`No view ${selection.view.id}`)
    return served
  }
  const answerOf = (selection: PackSelection): RowAnswer => {
    const found = answers.get(selection)
    if (found !== undefined) return found
    const fresh = createRowAnswer(selection)
    answers.set(selection, fresh)
    return fresh
  }

  const clockOf = (symbol: string, online: OnlineView): PartitionClock | undefined =>
    online.clockOf(symbol) ?? online.clocks().get(partitionOf(symbol))

  const checkSymbols = (symbols: readonly string[], online: OnlineView): void => {
    if (symbols.length === 0)
      throw new FeatureServiceError('FEATURES_BAD_REQUEST', 'symbols is empty; name at least one')
    if (symbols.length > maxSymbols) {
      const message = `${symbols.length} symbols are more than ${maxSymbols}; ask for them in parts`
      throw new FeatureServiceError('FEATURES_TOO_LARGE', message, { symbols: symbols.length, maxSymbols })
    }
    for (const symbol of symbols) {
      if (online.has(symbol) || listed.has(symbol)) continue
      const known = [...new Set([...online.symbols(), ...listed])]
      throw unknownName('FEATURES_UNKNOWN_SYMBOL', 'symbol', symbol, known)
    }
  }

  const answerFor = (selection: PackSelection, request: FeaturesRequest, online: OnlineView) => {
    const { asOf, maxAgeBars, maxAgeMs } = request
    const answerRow = answerOf(selection)
    return (symbol: string, row: ServedRow | undefined, isFinal: boolean): SymbolAnswer => {
      if (row === undefined) return { status: 'no_row', symbol, is_final: isFinal }
      const newest = online.newest(symbol)
      checkContracts(selection, row, newest.kind === 'row' && newest.row === row)
      const by = asOf ?? Math.max(clockOf(symbol, online)?.knownUntil ?? row.knownAt, row.knownAt)
      const age: RowAge = {
        age_ms: by - row.ts,
        age_bars: barAge(symbol, selection.timeframe, row.ts, by),
        is_final: isFinal,
      }
      const isStale =
        (maxAgeMs !== undefined && age.age_ms > maxAgeMs) ||
        (maxAgeBars !== undefined && !(age.age_bars !== null && age.age_bars <= maxAgeBars))
      if (isStale) return { status: 'stale', symbol, ts: row.ts, known_at: row.knownAt, age }
      return { status: 'ok', row: answerRow(row), age }
    }
  }

  const service: FeatureService = {
    selector,
    async getFeatures(request) {
      const { symbols, asOf, packId = 'core_v1', timeHorizon = '1h', zones } = request
      const selection = selector.select(packId, timeHorizon, zones)
      const { view, online, history } = viewOf(selection)
      checkSymbols(symbols, online)
      if (asOf !== undefined) {
        checkAsOf({ asOf, symbols, view: view.id, clockOf: (symbol) => clockOf(symbol, online) })
      }
      const found = symbols.map((symbol) => (asOf === undefined ? online.newest(symbol) : online.find(symbol, asOf)))
      const older = found.some(({ kind }) => kind === 'history')
        ? await readOlder(symbols, found, asOf ?? ANY_TIME, history, stored)
        : undefined
      const answer = answerFor(selection, request, online)
      return {
        ...answerHead(selection),
        as_of: asOf ?? null,
        symbols: symbols.map((symbol, at) => {
          const each = found[at] ?? { kind: 'none', isFinal: false }
          const row = each.kind === 'row' ? each.row : each.kind === 'history' ? older?.[at] : undefined
          return answer(symbol, row, each.isFinal)
        }),
      }
    },
    async getHistory({ symbols, from, to, packId = 'core_v1', timeHorizon = '1h', features, zones }) {
      const whole = selector.select(packId, timeHorizon, zones)
      const selection = features === undefined ? whole : onlyFeatures(whole, features)
      checkSpan(from, to)
      await service.checkHistory(selection, symbols, to)
      const rows = await viewOf(selection).history.range({ symbols, from, to }, maxRows + 1)
      if (rows.length > maxRows) {
        const message = `The span holds more than ${maxRows} rows; ask for less of it, or for Arrow, which has no such bound`
        throw new FeatureServiceError('FEATURES_TOO_LARGE', message, { maxRows })
      }
      const answerRow = answerOf(selection)
      const order = new Map(symbols.map((symbol, at) => [symbol, at]))
      const inOrder = [...rows].sort((a, b) => (order.get(a.symbol) ?? 0) - (order.get(b.symbol) ?? 0) || a.ts - b.ts)
      return { ...answerHead(selection), from, to, rows: inOrder.map(answerRow) }
    },
    async checkHistory(selection, symbols, to) {
      const { view, online } = viewOf(selection)
      checkSymbols(symbols, online)
      await stored.reach(view.topic, farthest(symbols.flatMap((symbol) => online.neededFor(symbol, to) ?? [])))
      // What was published of the others memory does not say.
      const others = symbols.filter((symbol) => online.clockOf(symbol) === undefined)
      await stored.reachEnd(view.topic, others.map(partitionOf))
    },
    async checkRowsAndBars(selection, symbols) {
      const { view, online } = viewOf(selection)
      checkSymbols(symbols, online)
      const newest = (symbol: string) => online.neededFor(symbol, Number.POSITIVE_INFINITY)
      const partitions = symbols.map((symbol) => newest(symbol)?.partition ?? partitionOf(symbol))
      for (const topic of [view.topic, topicById('indicators').id]) await stored.reachEnd(topic, partitions)
    },
    symbolsOf: (selection) => viewOf(selection).online.symbols(),
    clocksOf: (selection) => viewOf(selection).online.clocks(),
    held: () =>
      views.map(({ view: { id: view }, online }) => {
        return { view, rows: online.size, bytes: online.bytes, clocks: online.clocks() }
      }),
  }
  return service
}

async function readOlder(
  symbols: readonly string[],
  found: readonly Found[],
  asOf: number,
  history: FeatureHistory,
  stored: StoredOffsets,
): Promise<readonly (ServedRow | undefined)[]> {
  const needed = found.flatMap((each, at) => (each.kind === 'history' ? [{ at, record: each.needed }] : []))
  await stored.reach(history.view.topic, farthest(needed.flatMap(({ record }) => record ?? [])))
  const rows = await history.asOf(needed.map(({ at }) => ({ symbol: symbols[at] ?? '', asOf })))
  const result: (ServedRow | undefined)[] = symbols.map(() => undefined)
  for (const [index, { at }] of needed.entries()) result[at] = rows[index]
  return result
}

/** The highest offset of each partition. */
function farthest(needed: readonly NeededRecord[]): Map<number, number> {
  const highest = new Map<number, number>()
  for (const { partition, offset } of needed) highest.set(partition, Math.max(offset, highest.get(partition) ?? -1))
  return highest
}

/**
 * A row says which contracts it was made under; the history keeps rows of released packs only, whose contracts never change. An older
 * row without the pack is from before it: the features that came with it are null, as they are in the history. The newest one without it
 * says that the features worker does not know the pack.
 */
function checkContracts(
  { contracts, view }: PackSelection,
  { contracts: written, symbol, ts }: ServedRow,
  isNewest: boolean,
): void {
  if (written === undefined) return
  for (const pack in contracts) {
    if (written[pack] === contracts[pack] || (written[pack] === undefined && !isNewest)) continue
    const there = written[pack] === undefined ? 'does not serve it' : `has contract ${written[pack].slice(0, 12)}…`
    const message =
      `${pack} here has contract ${contracts[pack]?.slice(0, 12)}…, but the row of ${symbol} at ${instant(ts)} in ${view.topic} ` +
      `${there}: this service and the features worker that wrote it are of different releases`
    throw new FeatureServiceError('FEATURES_CONTRACT_CHANGED', message, { pack, symbol, ts })
  }
}
