import type { Timeframe } from '../../catalog/timeframe.ts'
import { UnreadableFileError } from '../../load/table-file.ts'
import type { TimeframeEngines } from '../../processors/engine/timeframe-engines.ts'
import type { TapeEvent } from '../../processors/ingest/tape-record.ts'
import { createSymbolRuns, type RunResult, type RunSide } from '../../research/symbol-runs.ts'
import { createBarFeed, type FedBar, type FeedOptions } from './bar-feed.ts'
import { createInOrder } from './in-order.ts'
import type { TableLine } from './table-lines.ts'
import { textCell, type ValueCells } from './value-cells.ts'

/** What rows are computed with. */
export type RowOptions = Omit<FeedOptions, 'takesOthers'> & {
  /** The file, for messages. */
  readonly path: string
  readonly engines: TimeframeEngines
  readonly cells: ValueCells
  readonly events: readonly TapeEvent[]
  readonly side: readonly RunSide[]
}

/**
 * The text of the CSV, the header first: a row per bar of the timeframe, in the order of the file. Throws UnreadableFileError when there
 * was no such bar.
 */
export async function* computeRows(
  table: AsyncIterable<readonly TableLine[]>,
  options: RowOptions,
): AsyncGenerator<string> {
  const { path, timeframe, engines, cells, calendarOf, events, side, onBad } = options
  const runs = createSymbolRuns({ engines, calendarOf, events, side })
  const feed = createBarFeed({ ...options, takesOthers: engines.crossFields.length > 0 })
  const newest = new Map<string, number>()
  const output = createInOrder<string>()

  const rowOf = (bar: FedBar): string | undefined => {
    const { symbol, ts, line } = bar
    if (ts < (newest.get(symbol) ?? Number.NEGATIVE_INFINITY)) {
      onBad(line, `a bar of ${symbol} that closes later came before; sort the file by symbol and time, or by time`)
      return undefined
    }
    newest.set(symbol, ts)
    const { values, refusal } = runs.take(bar)
    if (refusal === undefined)
      return `${textCell(symbol)},${bar.timeframe},${textCell(bar.text)},${cells.join(values)}\n`
    onBad(line, wordsOf(refusal, bar))
    return undefined
  }

  const rowsOf = (bars: readonly FedBar[]): string => {
    for (const tied of tiedBars(bars)) {
      for (const bar of runs.tied(tied)) {
        const row = rowOf(bar)
        if (bar.place !== undefined) output.settle(bar.place, row)
      }
    }
    return output.take().join('')
  }

  // The header goes with the first rows: a file that gives none gives nothing.
  let text = `symbol,timeframe,ts_open_utc,${cells.names.join(',')}\n`
  for await (const lines of table) {
    for (const line of lines) text += rowsOf(feed.take(line))
    if (!feed.found.has(timeframe)) continue
    yield text
    text = ''
  }
  if (!feed.found.has(timeframe)) {
    const others = feed.found.size === 0 ? 'no bars at all' : `bars of ${[...feed.found].join(', ')}`
    throw new UnreadableFileError(path, `it has no ${timeframe} bars, but ${others}`)
  }
  yield text + rowsOf(feed.finish())
}

/** Bars in order of their close, put together where they are of one symbol and one close. */
function tiedBars(bars: readonly FedBar[]): readonly (readonly FedBar[])[] {
  if (bars.length < 2) return [bars]
  const groups = new Map<string, FedBar[]>()
  for (const bar of bars) {
    const key = `${bar.ts} ${bar.symbol}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [bar])
    else group.push(bar)
  }
  return [...groups.values()]
}

function wordsOf(
  refusal: NonNullable<RunResult['refusal']>,
  { symbol, timeframe }: { symbol: string; timeframe: Timeframe },
): string {
  if (refusal === 'repeat') return `the same ${timeframe} bar of ${symbol} came before`
  if (refusal.reason !== 'REVISION') return refusal.message
  return `another ${timeframe} bar of ${symbol} with the same close came before, or shorter bars have made one`
}
