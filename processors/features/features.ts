import { contractHeaders as headersOf } from '../../catalog/contract.ts'
import { hashOf } from '../../catalog/contract-json.ts'
import type { ResolvedView } from '../../catalog/views.ts'
import { topicById } from '../../topics/topics.ts'
import type { DataRecord, Emit, InputHead, InputRecord, MarkerRecord, RestorableProcessor } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import { FieldList } from './field-list.ts'
import {
  createIndicatorInput,
  INDICATOR_ROW,
  type IndicatorInput,
  isTime,
  readIndicatorRow,
  timeframeOf,
} from './indicator-input.ts'
import { MARKET_STATE_ROW, MarketState, UNIVERSE_STATE_ROW } from './market-state.ts'
import { type Barriers, isCovered, isOnGrid, noProgress, noteClock, noteClosed, type Progress } from './progress.ts'
import { continues, endsGroup, type RowGroup, withRow } from './row-group.ts'
import { partAt, planSymbolStates, type SymbolState } from './symbol-state.ts'
import { createViewFold } from './view-fold.ts'
import { createViewRecord } from './view-record.ts'

const INDICATORS = topicById('indicators').id
const MARKET_STATE = topicById('market-state').id

/** What a features task is made with. */
export type FeaturesOptions = {
  /** Each writes a topic of its own. */
  readonly views: readonly ResolvedView[]
  /** The barrier times known beforehand. */
  readonly grid: Barriers
  /** Headers of every record of a view; by default the contracts of its packs. */
  readonly contractHeaders?: (view: ResolvedView) => Readonly<Record<string, string>>
}

/** All that a features task knows, as data. Good for the same `layoutHash` only. */
export type FeaturesSnapshot = {
  readonly layoutHash: string
  readonly symbols: readonly (readonly [symbol: string, state: Float64Array])[]
  /** The rows that wait for the rest of their group; undefined = none. */
  readonly group: RowGroup | undefined
  readonly progress: Readonly<Progress>
  readonly market: ReturnType<MarketState['snapshot']>
}

/** Stage two of a partition. */
export interface FeaturesProcessor extends RestorableProcessor {
  snapshot(): FeaturesSnapshot
  restore(snapshot: FeaturesSnapshot): void
}

/**
 * Stage two: folds `indicators` and `market-state` of a partition into the rows of views, each on its own topic, and passes clock
 * markers on in their place. A row of a view's timeframe stamped T is taken once all barriers before T are closed; what is read of
 * them depends on T alone, so the outputs do not depend on how the two inputs interleave. No view depends on another.
 *
 * Rows of one symbol that close together (`rows_left`) are taken in together, then the view's row is published: it sees the rows
 * of T of every other timeframe. A group of which the rest never comes ends with the next record of `indicators`.
 * Rows of T that the engine made of different tape records are no group (ready-made bars of several timeframes, a bucket
 * closed by a marker after a bar closed a shorter one), and the order of the tape decides, which for `barline load` is that of
 * `known_at`, then of the topics, then of its files and their lines, whatever the timeframe. A view's row does not see a row
 * of T that comes behind it: one of a longer timeframe counts from the view's next row on, one of a shorter timeframe is
 * in no row of the view, since the next one takes those after T. So of ready-made bars of one close the shorter should come first
 * for features made of shorter bars, the longer for features made of longer ones.
 *
 * Throws CatalogError naming a feature of a view that stage two does not compute.
 */
export function createFeaturesProcessor(options: FeaturesOptions): FeaturesProcessor {
  const { views, grid, contractHeaders = headersOf } = options
  const fields = new FieldList()
  const market = new MarketState()
  const outputs = views.map((view) => ({
    fold: createViewFold(view, { fields, market }),
    topic: topicById(view.topic).id,
    recordOf: createViewRecord(view, contractHeaders(view)),
  }))
  const folds = outputs.map(({ fold }) => fold)
  const timeframes = new Set(views.map(({ timeframe }) => timeframe))
  const states = planSymbolStates(folds)
  const layoutHash = hashOf(folds.map(({ plan }) => plan.layoutHash))
  const input = createIndicatorInput(fields.length)
  let symbols = new Map<string, SymbolState>()
  let group: RowGroup | undefined
  let progress = noProgress()

  const isReady = (record: InputRecord): boolean => {
    // What is no sound row of a view waits for nothing: it makes no row of a view, or is refused.
    const timeframe = record.kind === 'marker' ? undefined : timeframeOf(record)
    if (record.kind === 'marker' || timeframe === undefined || !timeframes.has(timeframe)) return true
    const { ts } = record.value
    return !isTime(ts) || isCovered(progress, grid, ts)
  }

  const stateOf = (symbol: string): SymbolState => {
    const known = symbols.get(symbol)
    if (known !== undefined) return known
    const fresh = states.fresh()
    symbols.set(symbol, fresh)
    return fresh
  }

  const newestTs = (row: IndicatorInput): number => {
    const { parts } = stateOf(row.symbol)
    // Views that read a timeframe have seen the same rows of it.
    const reader = folds.findIndex((fold) => fold.reads(row))
    return folds[reader]?.newestTs(partAt(parts, reader), row) ?? Number.NaN
  }

  const takeMarker = ({ topic: from, marker }: MarkerRecord, emit: Emit): void => {
    if (from === MARKET_STATE && marker.kind === 'progress') noteClosed(progress, marker.ts)
    if (from !== INDICATORS || marker.kind !== 'clock') return
    noteClock(progress, marker.ts)
    market.forget(marker.ts - grid.graceMs)
    for (const { topic } of outputs) emit.marker(topic, marker)
  }

  const takeGroup = (emit: Emit): void => {
    if (group === undefined) return
    const marketFrom = progress.firstClock ?? Number.NEGATIVE_INFINITY
    const { parts } = stateOf(group.symbol)
    for (const [at, { fold, recordOf }] of outputs.entries()) {
      const published = fold.take(partAt(parts, at), group.rows, marketFrom)
      if (published !== undefined) emit.record(recordOf(group, published))
    }
    group = undefined
  }

  const takeRow = (record: DataRecord): Refusal | undefined => {
    const refusal = readIndicatorRow(record, fields.fields, input)
    if (refusal !== undefined || !folds.some((fold) => fold.reads(input))) return refusal
    const { ts } = input
    if (!isOnGrid(grid, ts)) return { reason: 'PROCESSING_FAILED', message: `the barrier grid does not know ${ts}` }
    // Barrier rows that a row behind the clock would need may be forgotten; ingest lets no such bar through.
    if (market.isRead && ts + grid.graceMs < (progress.newestClock ?? ts)) {
      return { reason: 'LATE', message: `${ts} comes after the clock marker ${progress.newestClock}` }
    }
    const isInGroup = group?.rows.some(({ timeframe }) => timeframe === input.timeframe) ?? false
    const newest = isInGroup ? ts : newestTs(input)
    if (newest >= ts) return { reason: 'TIMES_OUT_OF_ORDER', message: `${ts} comes after ${newest}` }
    group = withRow(group, input)
    return undefined
  }

  const takeData = (record: DataRecord): Refusal | undefined => {
    if (record.topic === INDICATORS && record.recordName === INDICATOR_ROW) return takeRow(record)
    const isState = record.recordName === MARKET_STATE_ROW || record.recordName === UNIVERSE_STATE_ROW
    if (record.topic === MARKET_STATE && isState) return market.take(record)
    return { reason: 'UNEXPECTED_RECORD', message: `${record.topic} carries no ${record.recordName}` }
  }

  return {
    layoutHash,
    select(heads: readonly InputHead[]) {
      const row = heads.findIndex((head) => head.topic === INDICATORS && head.record !== undefined)
      const record = heads[row]?.record
      if (record !== undefined && isReady(record)) return row
      const barrier = heads.findIndex((head) => head.topic === MARKET_STATE && head.record !== undefined)
      return barrier < 0 ? undefined : barrier
    },
    apply(record, emit) {
      const isOfIndicators = record.topic === INDICATORS
      if (isOfIndicators && group !== undefined && !continues(group, record)) takeGroup(emit)
      if (record.kind === 'marker') {
        takeMarker(record, emit)
        return
      }
      const refusal = takeData(record)
      if (refusal !== undefined) emit.refuse(refusal)
      if (isOfIndicators && endsGroup(record)) takeGroup(emit)
    },
    snapshot: () => ({
      layoutHash,
      symbols: [...symbols].map(([symbol, { whole }]) => [symbol, whole.slice()] as const),
      group,
      progress: { ...progress },
      market: market.snapshot(),
    }),
    restore(snapshot) {
      if (snapshot.layoutHash !== layoutHash) {
        throw new RangeError(`Cannot restore layout ${snapshot.layoutHash} into layout ${layoutHash}`)
      }
      symbols = new Map(snapshot.symbols.map(([symbol, state]) => [symbol, states.of(state.slice())]))
      group = snapshot.group
      progress = { ...snapshot.progress }
      market.restore(snapshot.market)
    },
  }
}
