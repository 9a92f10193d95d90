import type { Calendar } from '../catalog/calendar.ts'
import { TIMEFRAMES, type Timeframe } from '../catalog/timeframe.ts'
import { createSymbolFold, type FoldBar, type SymbolFold } from '../processors/engine/symbol-fold.ts'
import type { TimeframeEngines } from '../processors/engine/timeframe-engines.ts'
import { MARKET_SYMBOL, TAPE_EVENT, type TapeEvent } from '../processors/ingest/tape-record.ts'
import type { Refusal } from '../processors/refusal.ts'
import { createSideInputs, type SideInputs } from '../processors/side/side-inputs.ts'

/** A bar of a run; `known_at` is its close. `benchmarkClose` is the close of its benchmark for the same session. */
export type RunBar = Omit<FoldBar, 'known_at'> & { readonly benchmarkClose?: number | undefined }

/** What a run made of a bar: its row of values in the engines' columns, or why it was not taken. */
export type RunResult =
  | { readonly values: Float64Array; readonly refusal?: undefined }
  | { readonly values?: undefined; readonly refusal: Refusal | 'repeat' }

/** Stage one over bars without a broker, a fold per symbol, so that symbols may come one after the other. */
export interface SymbolRuns {
  /**
   * Folds a bar. The bars of a symbol come in order of their close; of those of equal close, in the order that `tied` gives. Bars of
   * longer timeframes are built from shorter ones as in the chain; only the rows of the bars that come are given.
   */
  take(bar: RunBar): RunResult
  /**
   * Orders bars of one symbol that close at the same time and are to be folded next: each timeframe after those that it reads. A
   * timeframe that has had no bar of the file yet, or whose last one was built, comes before, or the fold would build its bar.
   */
  tied<Bar extends RunBar>(bars: readonly Bar[]): readonly Bar[]
}

/** What runs are made with. */
export type RunOptions = {
  readonly engines: TimeframeEngines
  readonly calendarOf: (symbol: string) => Calendar
  /** Splits and other events. Each acts on the first bar that closes when it is both known and in effect. */
  readonly events?: readonly TapeEvent[]
  /** What else is known beside the bars. Of the same time it acts behind the events, in the order given. */
  readonly side?: readonly RunSide[]
}

/** A tape record other than a bar. One of the whole market has the symbol `*`. */
export type RunSide = {
  readonly symbol: string
  readonly recordName: string
  readonly value: Readonly<Record<string, unknown>>
  /** UTC epoch milliseconds. */
  readonly knownAt: number
}

type Run = {
  readonly fold: SymbolFold
  /** What there is of the symbol and of the whole market, by the time it was known. */
  readonly side: readonly RunSide[]
  nextSide: number
  bar: RunBar | undefined
  /** Timeframes whose newest bar is one that came. */
  readonly readyMade: Set<Timeframe>
}

/** Runs that have seen nothing. */
export function createSymbolRuns({ engines, calendarOf, events = [], side = [] }: RunOptions): SymbolRuns {
  const runs = new Map<string, Run>()
  const byTime = [...events.map(sideOf), ...side].sort((a, b) => a.knownAt - b.knownAt)

  const runOf = (symbol: string): Run => {
    const known = runs.get(symbol)
    if (known !== undefined) return known
    const own = byTime.filter((one) => one.symbol === symbol || one.symbol === MARKET_SYMBOL)
    const sideInputs = withBenchmark(createSideInputs({ calendarOf }), () => fresh.bar)
    const fold = createSymbolFold({ engines, calendarOf, graceMs: 0, sideInputs })
    const fresh: Run = { fold, side: own, nextSide: 0, bar: undefined, readyMade: new Set() }
    runs.set(symbol, fresh)
    return fresh
  }

  return {
    take(bar) {
      const run = runOf(bar.symbol)
      takeSide(run, bar.ts)
      run.bar = bar
      let values: Float64Array | undefined
      const verdict = run.fold.takeBar({ ...bar, known_at: bar.ts }, (row) => {
        const { timeframe, ts } = row.bar
        const isOwn = timeframe === bar.timeframe && ts === bar.ts
        if (isOwn) values = row.values.slice()
        if (isOwn) run.readyMade.add(timeframe)
        else run.readyMade.delete(timeframe)
      })
      if (verdict !== undefined) return { refusal: verdict }
      if (values === undefined) throw new Error(`The ${bar.timeframe} bar of ${bar.symbol} gave no row`)
      return { values }
    },
    tied(bars) {
      const [first] = bars
      if (first === undefined || bars.length === 1) return bars
      const { readyMade } = runOf(first.symbol)
      const place = ({ timeframe }: RunBar): number =>
        readyMade.has(timeframe) ? engines.of[timeframe].rank : -TIMEFRAMES.indexOf(timeframe) - 1
      return bars.toSorted((a, b) => place(a) - place(b))
    },
  }
}

function sideOf(event: TapeEvent): RunSide {
  return { symbol: event.symbol, recordName: TAPE_EVENT, value: event, knownAt: event.known_at }
}

function takeSide(run: Run, ts: number): void {
  for (;;) {
    const next = run.side[run.nextSide]
    if (next === undefined || next.knownAt > ts) return
    run.fold.takeSide(next.recordName, next.value)
    run.nextSide += 1
  }
}

/** Side inputs that also know the benchmark's close of the bar that is being folded. */
function withBenchmark(inputs: SideInputs, current: () => RunBar | undefined): SideInputs {
  return {
    ...inputs,
    fill(symbol, tsOpen, ts, fields, into) {
      inputs.fill(symbol, tsOpen, ts, fields, into)
      const field = fields.indexOf('benchmark.close')
      if (field < 0) return
      const bar = current()
      into[field] = bar?.ts === ts && bar.ts_open === tsOpen ? (bar.benchmarkClose ?? Number.NaN) : Number.NaN
    },
  }
}
