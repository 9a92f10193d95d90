import type { Calendar } from '../../catalog/calendar.ts'
import { parseTimeframe, TIMEFRAMES } from '../../catalog/timeframe.ts'
import { CellError, parseInstant, parseNumber, requiredText } from '../../load/parse-cells.ts'
import type { RunBar } from '../../research/symbol-runs.ts'
import { spanOf } from './session-times.ts'

/** The columns that a file of bars needs. */
export const BAR_COLUMNS = ['symbol', 'timeframe', 'ts_open_utc', 'open', 'high', 'low', 'close', 'volume'] as const

type Cells = Readonly<Record<string, string>>

/** How bars are read. */
export type BarContext = {
  readonly calendarOf: (symbol: string) => Calendar
  /** Whether a bar may open or close outside of its own low and high. */
  readonly asIs: boolean
}

/**
 * The bar of a line. Columns `ts_close_utc` and `bench_close` (the benchmark's close) may be there. Throws {@link CellError} for
 * what can be no bar: the rules of ingest that a bar alone can break, but for `asIs`.
 */
export function parseBarLine(cells: Cells, { calendarOf, asIs }: BarContext): RunBar {
  const symbol = requiredText(cells, 'symbol')
  const text = requiredText(cells, 'timeframe')
  const timeframe = parseTimeframe(text)
  if (timeframe === undefined) {
    throw new CellError(`timeframe ${JSON.stringify(text)} is not one of ${TIMEFRAMES.join(', ')}`)
  }
  const { tsOpen, ts } = spanOf(requiredText(cells, 'ts_open_utc'), timeframe, calendarOf(symbol))
  const bar = {
    symbol,
    timeframe,
    ts_open: tsOpen,
    ts: cells.ts_close_utc ? parseInstant(cells.ts_close_utc, 'ts_close_utc') : ts,
    open: price(cells, 'open'),
    high: price(cells, 'high'),
    low: price(cells, 'low'),
    close: price(cells, 'close'),
    volume: finite(cells, 'volume'),
    benchmarkClose: cells.bench_close ? price(cells, 'bench_close') : undefined,
  }
  checkBar(bar, asIs)
  return bar
}

function checkBar({ ts_open: tsOpen, ts, open, high, low, close, volume }: RunBar, asIs: boolean): void {
  if (!(ts > tsOpen)) throw new CellError('ts_close_utc is not after ts_open_utc')
  if (high < low) throw new CellError(`high ${high} is below low ${low}`)
  if (volume < 0) throw new CellError(`volume is ${volume}`)
  if (!Number.isFinite(open + high + low + close + volume)) {
    throw new CellError('the sum of prices and volume overflows')
  }
  for (const [name, one] of Object.entries(asIs ? {} : { open, close })) {
    if (one < low || one > high) {
      throw new CellError(`${name} ${one} is outside low ${low} to high ${high}; --as-is would take such bars`)
    }
  }
}

function price(cells: Cells, column: string): number {
  const value = finite(cells, column)
  if (!(value > 0)) throw new CellError(`${column} is ${value}: a price must be above zero`)
  return value
}

function finite(cells: Cells, column: string): number {
  const value = parseNumber(cells, column)
  if (!Number.isFinite(value)) throw new CellError(`${column} is ${value}`)
  return value
}
