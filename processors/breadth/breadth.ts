import { createHash } from 'node:crypto'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { benchmarksOf, type Instruments, isInUniverse } from '../../catalog/instruments.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import { type BarriersSnapshot, type Closing, createBarriers } from '../fan-in/barriers.ts'
import { eventTime } from '../fan-in/event-time.ts'
import type { FanInOptions, FanInProcessor } from '../fan-in/fan-in.ts'
import { selectFurthestBehind } from '../fan-in/select.ts'
import { INDICATOR_ROW } from '../features/indicator-input.ts'
import { isOnGrid } from '../features/progress.ts'
import type { DataRecord, Emit, RestorableProcessor } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import { createBarrierLookup, type NextClose } from './barrier-times.ts'
import { copyReturns, type DailyReturns, noReturns, RETURNS_KEPT } from './daily-returns.ts'
import { createRowReader } from './member-row.ts'
import { planCrossSection } from './plan.ts'
import { MARKET_STATE, stateRecords } from './state-record.ts'
import { createTimeframeFold, type TimeframeState } from './timeframe-fold.ts'
import { type Bucket, createWaitingRows } from './waiting-rows.ts'

/** Two years of daily barriers: what waits for a partition that is behind is whole rows, about 400 bytes each. */
const MAX_BARRIERS_AHEAD = 500

/** Version of what a snapshot holds beside the arrays; a change of its meaning must raise it. */
const STATE_VERSION = 1

/** What breadth is made with. */
export type BreadthOptions = FanInOptions & {
  /** The whole indicator catalog; its cross-sectional rows are computed. */
  readonly catalog: readonly IndicatorRow[]
  readonly instruments: Instruments
  /** The barrier times of each timeframe that has some; `grid` is the union of them. */
  readonly closes: ReadonlyMap<Timeframe, NextClose>
}

/** All that breadth knows, as data. Good for the same `layoutHash` only. */
export type BreadthSnapshot = {
  readonly layoutHash: string
  readonly barriers: BarriersSnapshot
  readonly waiting: readonly Bucket[]
  readonly returns: DailyReturns
  readonly timeframes: readonly (readonly [Timeframe, TimeframeState])[]
}

/** The cross-section of a chain. */
export interface BreadthProcessor extends FanInProcessor, RestorableProcessor {
  snapshot(): BreadthSnapshot
  restore(snapshot: BreadthSnapshot): void
}

/**
 * Folds the rows of all symbols into the cross-section, barrier by barrier. At barrier T of a timeframe the members are the universe
 * symbols with a row of `ts` in (the barrier before, T] among what stands on their partition before its first record past
 * T + grace. Writes what holds for all of them and a record a member, then says on every partition of `market-state` with a
 * progress marker that all barriers up to its `ts` are closed. A barrier without a member closes without a record.
 * Throws CatalogError naming the cross-sectional row of the catalog that it does not compute.
 */
export function createBreadth(options: BreadthOptions): BreadthProcessor {
  const { partitions, grid, catalog, instruments, closes, maxBarriersAhead = MAX_BARRIERS_AHEAD } = options
  const barriers = createBarriers(partitions, grid)
  const waiting = createWaitingRows()
  const barrierOf = createBarrierLookup(closes)
  const plan = planCrossSection(catalog)
  const readRow = createRowReader(plan.fields)
  const benchmarks = benchmarksOf(instruments)
  const folds = new Map(
    [...closes.keys()].map((timeframe) => [timeframe, createTimeframeFold(plan, instruments, timeframe)] as const),
  )
  const foldHashes = [...folds].map(([timeframe, fold]) => [timeframe, fold.layoutHash])
  const layoutHash = createHash('sha256')
    .update(JSON.stringify([STATE_VERSION, plan.fields, RETURNS_KEPT, foldHashes]))
    .digest('hex')
  let returns = noReturns()
  let states = new Map([...folds].map(([timeframe, fold]) => [timeframe, fold.createState()]))

  const takeRow = (record: DataRecord): Refusal | undefined => {
    if (record.recordName !== INDICATOR_ROW) {
      return { reason: 'UNEXPECTED_RECORD', message: `${record.topic} carries no ${record.recordName}` }
    }
    const { timeframe: stated } = record.value
    if (!closes.has(stated as Timeframe)) return undefined
    if (!isInUniverse(instruments, record.key) && !benchmarks.has(record.key)) return undefined
    const read = readRow(record)
    if ('refusal' in read) return read.refusal
    const { timeframe, row } = read
    const barrier = barrierOf(timeframe, row.ts)
    if (barrier === undefined) {
      return { reason: 'PROCESSING_FAILED', message: `no calendar knows the ${timeframe} barrier of ${row.ts}` }
    }
    const passed = barriers.newestPassed(record.partition)
    if (barrier <= passed) {
      return { reason: 'LATE', message: `its partition has passed the barrier ${passed}, the row is of ${barrier}` }
    }
    const known = waiting.add(timeframe, barrier, row)
    return known && { reason: 'TIMES_OUT_OF_ORDER', message: `${row.ts} comes after ${known.ts}` }
  }

  const close = ({ upTo, knownAt }: Closing, emit: Emit): void => {
    for (const bucket of waiting.take(upTo)) {
      const state = states.get(bucket.timeframe)
      const outcome = state && folds.get(bucket.timeframe)?.take(state, returns, bucket)
      if (outcome === undefined) continue
      for (const output of stateRecords(plan, outcome, knownAt, partitions)) emit.record(output)
    }
    const progress = { kind: 'progress', ts: upTo, known_at: knownAt } as const
    for (let partition = 0; partition < partitions; partition += 1) emit.marker(MARKET_STATE, progress, partition)
  }

  return {
    layoutHash,
    laggards: barriers.laggards,
    select: (heads) => selectFurthestBehind(heads, barriers, maxBarriersAhead),
    apply(record, emit) {
      const time = eventTime(record)
      if (!time) return emit.refuse({ reason: 'NOT_FINITE', message: 'ts or known_at is not a finite number' })
      if (!isOnGrid(grid, time.ts - grid.graceMs)) {
        return emit.refuse({ reason: 'PROCESSING_FAILED', message: `the barrier grid does not know ${time.ts}` })
      }
      const refusal = record.kind === 'data' ? takeRow(record) : undefined
      if (refusal !== undefined) emit.refuse(refusal)
      // A restore passes over what was refused so: it must leave no trace here either.
      if (refusal?.reason === 'PROCESSING_FAILED') return
      for (const closing of barriers.advance(record.partition, time.ts, time.knownAt)) close(closing, emit)
    },
    snapshot: () => ({
      layoutHash,
      barriers: barriers.snapshot(),
      waiting: waiting.snapshot(),
      returns: copyReturns(returns),
      timeframes: copyStates(states),
    }),
    restore(snapshot) {
      if (snapshot.layoutHash !== layoutHash) {
        throw new RangeError(`Cannot restore layout ${snapshot.layoutHash} into layout ${layoutHash}`)
      }
      barriers.restore(snapshot.barriers)
      waiting.restore(snapshot.waiting)
      returns = copyReturns(snapshot.returns)
      states = new Map(copyStates(snapshot.timeframes))
    },
  }
}

function copyStates(states: Iterable<readonly [Timeframe, TimeframeState]>): [Timeframe, TimeframeState][] {
  return [...states].map(([timeframe, { count, market, symbols }]) => [
    timeframe,
    {
      count,
      market: market.slice(),
      symbols: new Map([...symbols].map(([symbol, slots]) => [symbol, slots.slice()])),
    },
  ])
}
