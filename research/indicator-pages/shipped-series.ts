import { join } from 'node:path'
import { type Calendar, loadCalendars } from '../../catalog/calendar.ts'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { calendarOf, loadInstruments } from '../../catalog/instruments.ts'
import { projectRoot } from '../../catalog/project-root.ts'
import { toLoadFile } from '../../load/load-file.ts'
import type { RawInput } from '../../load/rows.ts'
import { readTableFile } from '../../load/table-file.ts'
import { createTimeframeEngines } from '../../processors/engine/timeframe-engines.ts'
import type { Column } from '../../processors/indicators/column.ts'
import type { TapeEvent } from '../../processors/ingest/tape-record.ts'
import { createSymbolRuns } from '../symbol-runs.ts'

const SYMBOL = 'AAPL'
const BENCHMARK = 'SPX'

/** Daily values of indicators for the newest bars of a symbol that ships with the project. */
export type ShippedSeries = {
  readonly symbol: string
  /** Session dates. */
  readonly dates: readonly string[]
  readonly closes: readonly number[]
  readonly columns: readonly Column[]
  /** By bar, then by column. */
  readonly values: readonly Float64Array[]
}

/** Computes rows over the whole shipped history, splits included, and keeps the newest `count` bars. */
export async function shippedSeries(rows: readonly IndicatorRow[], count: number): Promise<ShippedSeries> {
  const calendars = loadCalendars()
  const instruments = loadInstruments(calendars)
  const marketCalendar = (symbol: string): Calendar => {
    const calendar = calendars.get(calendarOf(instruments, symbol))
    if (calendar === undefined) throw new RangeError(`No calendar for ${symbol}`)
    return calendar
  }
  const read = (name: string) => shippedRows(name, marketCalendar)
  const [equities, indices, splits] = await Promise.all([
    read('us-equity_1d.csv.gz'),
    read('us-index_1d.csv.gz'),
    read('us-equity_splits.csv'),
  ])
  const engines = createTimeframeEngines(rows.map((row) => ({ ...row, defaultTimeframes: ['1d'] })))
  const runs = createSymbolRuns({ engines, calendarOf: marketCalendar, events: splits.map(tapeEvent) })
  const benchmark = new Map(
    indices.filter(({ key }) => key === BENCHMARK).map(({ bar, value }) => [bar?.tsClose, Number(value.close)]),
  )
  const bars = equities.filter(({ key, bar }) => key === SYMBOL && bar !== undefined)
  const results = bars.map(({ value, bar }) => {
    const { values, refusal } = runs.take({
      symbol: SYMBOL,
      timeframe: '1d',
      ts_open: bar?.tsOpen ?? 0,
      ts: bar?.tsClose ?? 0,
      open: Number(value.open),
      high: Number(value.high),
      low: Number(value.low),
      close: Number(value.close),
      volume: Number(value.volume),
      benchmarkClose: benchmark.get(bar?.tsClose),
    })
    if (values === undefined) throw new Error(`A shipped bar was not taken: ${JSON.stringify(refusal)}`)
    return values
  })
  const newest = bars.slice(-count)
  return {
    symbol: SYMBOL,
    dates: newest.map(({ bar }) => new Date(bar?.tsOpen ?? 0).toISOString().slice(0, 10)),
    closes: newest.map(({ value }) => Number(value.close)),
    columns: engines.columns,
    values: results.slice(-count),
  }
}

async function shippedRows(name: string, marketCalendar: (symbol: string) => Calendar): Promise<readonly RawInput[]> {
  const table = await readTableFile(join(projectRoot(), 'data', name))
  const { rows } = toLoadFile(table, { delayMs: 0, calendarOf: marketCalendar })
  return rows.flatMap(({ input }) => (input === undefined ? [] : [input]))
}

function tapeEvent({ value, knownAt }: RawInput): TapeEvent {
  return {
    symbol: String(value.symbol),
    event_type: String(value.event_type),
    ts: Number(value.effective_at),
    known_at: knownAt,
    raw_known_at: knownAt,
    value: value.value === null ? null : Number(value.value),
    detail: null,
    source_offset: 0,
  }
}
