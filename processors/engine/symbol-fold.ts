import type { Calendar } from '../../catalog/calendar.ts'
import { createBarInput } from '../indicators/bar.ts'
import type { Column } from '../indicators/column.ts'
import { TAPE_EVENT, type TapeBar, type TapeEvent } from '../ingest/tape-record.ts'
import type { Marker } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import { createSideInputs, type SideInputs } from '../side/side-inputs.ts'
import {
  type ClosedBar,
  closeBefore,
  closeOver,
  createSessionCursor,
  placeOf,
  type SessionCursor,
  takeBar,
} from '../timeframes/timeframes.ts'
import { keep, keptAt } from './kept-values.ts'
import {
  awaitSplit,
  copySymbolState,
  emptySymbolState,
  rescaleSymbol,
  type SymbolState,
  takeDueSplits,
  timeframeState,
} from './symbol-state.ts'
import type { TimeframeEngine, TimeframeEngines } from './timeframe-engines.ts'

/** A bar to fold; a bar of the tape is one. */
export type FoldBar = Omit<TapeBar, 'raw_known_at' | 'source_offset'>

/** One closed bar of one symbol and timeframe with its indicators. Times in UTC epoch milliseconds. */
export type IndicatorValues = {
  readonly symbol: string
  readonly bar: ClosedBar
  readonly knownAt: number
  /** New shares per old that took effect since the symbol's previous row of the timeframe; null = no split. */
  readonly splitFactor: number | null
  /** How many rows of the same symbol and close follow directly; 0 = the last of its group. */
  readonly rowsLeft: number
  /** By column, NaN = not available. The array is refilled for the next row: copy what is to be kept. */
  readonly values: Float64Array
}

/** What the fold is made with. */
export type SymbolFoldOptions = {
  readonly engines: TimeframeEngines
  readonly calendarOf: (symbol: string) => Calendar
  /** A clock marker X says that a bucket is over if X > its close + `graceMs`. */
  readonly graceMs: number
  /** Default: side inputs with the usual settings. */
  readonly sideInputs?: SideInputs
}

/** All that a fold knows, as data: arrays and plain values. Good for the same `layoutHash` only. */
export type SymbolFoldSnapshot = {
  readonly layoutHash: string
  readonly symbols: readonly (readonly [symbol: string, state: SymbolState])[]
  readonly side: unknown
}

/**
 * Stage one as a fold of the records of one partition, in their order: bars, side inputs and clock markers in, rows of indicators
 * of every timeframe out. The engine on Kafka, `compute` on files, backfill and tests all run this code. Rows of one symbol do
 * not depend on other symbols; those that one record closes come by time, at the same time by symbol, and for one symbol by the
 * order in which timeframes read each other: such a group has one row behind the other, and `rowsLeft` counts down to its
 * end. What another record closes is another group, even at the same time (a ready-made bar, a bucket that a marker closes).
 * Along a symbol and timeframe `ts` rises and `knownAt` never falls.
 */
export interface SymbolFold {
  /** What `values` of a row hold, in this order. */
  readonly columns: readonly Column[]
  readonly layoutHash: string
  /**
   * Takes a bar and gives the rows that it closes. 'repeat': the bar changes nothing, it is equal to one there is. A refusal
   * says why the bar was not taken, and nothing has changed: its calendar does not know its time, it is older than the newest
   * of its timeframe, or another one has been built for its time. Throws RangeError if a price is not finite.
   */
  takeBar(bar: FoldBar, onRow: (row: IndicatorValues) => void): Refusal | 'repeat' | undefined
  /** Takes a tape record that is not a bar; false when its name is none that the fold knows. */
  takeSide(recordName: string, value: Readonly<Record<string, unknown>>): boolean
  /**
   * Takes a clock marker and gives the rows of the buckets that it shows to be over. At the end of a file, one of the last close +
   * `graceMs` + 1 does so for all that the file can close.
   */
  takeMarker(marker: Pick<Marker, 'ts' | 'known_at'>, onRow: (row: IndicatorValues) => void): void
  /** A copy of the state. */
  snapshot(): SymbolFoldSnapshot
  /** Replaces the state by a copy of a snapshot's. Throws RangeError when it is of another layout. */
  restore(snapshot: SymbolFoldSnapshot): void
}

type Closing = { readonly symbol: string; readonly state: SymbolState; readonly bar: ClosedBar }

/** A fold that has seen nothing. */
export function createSymbolFold({ engines, calendarOf, graceMs, sideInputs }: SymbolFoldOptions): SymbolFold {
  const { columns, sideFields, crossFields, layoutHash } = engines
  const side = sideInputs ?? createSideInputs({ calendarOf })
  const cursors = new Map<Calendar, SessionCursor>()
  const input = createBarInput(sideFields.length)
  const values = new Float64Array(columns.length)
  let symbols = new Map<string, SymbolState>()

  const sessionsOf = (symbol: string): SessionCursor => {
    const calendar = calendarOf(symbol)
    const known = cursors.get(calendar)
    if (known !== undefined) return known
    const fresh = createSessionCursor(calendar)
    cursors.set(calendar, fresh)
    return fresh
  }

  const stateOf = (symbol: string): SymbolState => {
    const known = symbols.get(symbol)
    if (known !== undefined) return known
    const fresh = emptySymbolState()
    symbols.set(symbol, fresh)
    return fresh
  }

  const fillSide = ({ readsSide, reads }: TimeframeEngine, { symbol, state, bar }: Closing): void => {
    for (const index of crossFields) input.side[index] = Number.NaN
    if (readsSide) side.fill(symbol, bar.ts_open, bar.ts, sideFields, input.side)
    for (const { sideIndex, source, kept } of reads) {
      const other = state.timeframes.get(source)
      input.side[sideIndex] =
        other === undefined ? Number.NaN : keptAt(other.kept, engines.of[source].kept, kept, bar.ts)
    }
  }

  const evaluate = (closing: Closing, rowsLeft: number, onRow: (row: IndicatorValues) => void): void => {
    const { symbol, state, bar } = closing
    const own = engines.of[bar.timeframe]
    const timeframe = timeframeState(state, own)
    input.timeframe = bar.timeframe
    input.open = bar.open
    input.high = bar.high
    input.low = bar.low
    input.close = bar.close
    input.volume = bar.volume
    input.tsClose = bar.ts
    sessionsOf(symbol).place(bar.timeframe, bar.ts_open, bar.ts, input.session)
    fillSide(own, closing)
    own.engine.step(timeframe.indicators, input, values)
    keep(timeframe.kept, own.kept, bar.ts, values)
    const { splitFactor } = timeframe
    timeframe.splitFactor = null
    onRow({ symbol, bar, knownAt: state.knownAt, splitFactor, rowsLeft, values })
  }

  // By time before all else: a barrier closes when a later row has passed, so no symbol's row may wait behind another's later one.
  const byOrder = (a: Closing, b: Closing): number => {
    if (a.bar.ts !== b.bar.ts) return a.bar.ts - b.bar.ts
    if (a.symbol !== b.symbol) return a.symbol < b.symbol ? -1 : 1
    return engines.of[a.bar.timeframe].rank - engines.of[b.bar.timeframe].rank
  }

  const evaluateAll = (closings: Closing[], onRow: (row: IndicatorValues) => void): void => {
    if (closings.length > 1) closings.sort(byOrder)
    for (const [at, closing] of closings.entries()) evaluate(closing, rowsBehind(closings, at, closing), onRow)
  }

  return {
    columns,
    layoutHash,
    takeBar(bar, onRow) {
      const { symbol, timeframe, ts_open: tsOpen, ts } = bar
      const sessions = sessionsOf(symbol)
      if (!sessions.knows(tsOpen, ts)) return unknownTime(calendarOf(symbol), bar)
      const state = stateOf(symbol)
      const closed: ClosedBar[] = []
      const place = placeOf(state.bars, bar)
      if (place === 'repeat') return 'repeat'
      if (place !== 'next') return misplaced(place, bar)
      if (!Number.isFinite(bar.open + bar.high + bar.low + bar.close + bar.volume)) {
        throw new RangeError(`Bar of ${symbol} is not finite`)
      }
      state.knownAt = Math.max(state.knownAt, bar.known_at)
      closeBefore(state.bars, sessions, timeframe, tsOpen, closed)
      evaluateAll(
        closed.map((one) => ({ symbol, state, bar: one })),
        onRow,
      )
      for (const factor of takeDueSplits(state, ts)) {
        rescaleSymbol(state, factor, engines)
        side.rescale(symbol, factor)
      }
      closed.length = 0
      takeBar(state.bars, sessions, closedBar(bar), closed)
      evaluateAll(
        closed.map((one) => ({ symbol, state, bar: one })),
        onRow,
      )
      return undefined
    },
    takeSide(recordName, value) {
      if (recordName === TAPE_EVENT) {
        const event = value as TapeEvent
        awaitSplit(stateOf(event.symbol), event)
      }
      return side.take(recordName, value)
    },
    takeMarker({ ts, known_at: knownAt }, onRow) {
      const closings: Closing[] = []
      const closed: ClosedBar[] = []
      for (const [symbol, state] of symbols) {
        closed.length = 0
        closeOver(state.bars, sessionsOf(symbol), ts - graceMs, closed)
        if (closed.length > 0) state.knownAt = Math.max(state.knownAt, knownAt)
        for (const bar of closed) closings.push({ symbol, state, bar })
      }
      evaluateAll(closings, onRow)
    },
    snapshot: () => ({
      layoutHash,
      symbols: [...symbols].map(([symbol, state]) => [symbol, copySymbolState(state)] as const),
      side: side.snapshot(),
    }),
    restore(snapshot) {
      if (snapshot.layoutHash !== layoutHash) {
        throw new RangeError(`Cannot restore layout ${snapshot.layoutHash} into layout ${layoutHash}`)
      }
      symbols = new Map(snapshot.symbols.map(([symbol, state]) => [symbol, copySymbolState(state)]))
      side.restore(snapshot.side)
    },
  }
}

/** How many closings of the same symbol and time come directly behind the one at `at`. */
function rowsBehind(closings: readonly Closing[], at: number, { symbol, bar }: Closing): number {
  let next = at + 1
  while (closings[next]?.symbol === symbol && closings[next]?.bar.ts === bar.ts) next += 1
  return next - at - 1
}

function closedBar({ timeframe, ts_open, ts, open, high, low, close, volume }: FoldBar): ClosedBar {
  return { timeframe, ts_open, ts, open, high, low, close, volume }
}

function unknownTime({ id }: Calendar, { timeframe, ts_open: tsOpen, ts }: FoldBar): Refusal {
  const message = `CALENDAR_RANGE: the calendar ${id} does not know the ${timeframe} bar from ${tsOpen} to ${ts}`
  return { reason: 'PROCESSING_FAILED', message }
}

function misplaced(place: 'revision' | 'late', { timeframe, ts }: FoldBar): Refusal {
  if (place === 'late')
    return { reason: 'LATE', message: `there is a later ${timeframe} bar than the one closing at ${ts}` }
  const message = `there is another ${timeframe} bar closing at ${ts}, built from shorter ones or arrived`
  return { reason: 'REVISION', message }
}
