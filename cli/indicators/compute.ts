import { createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type Calendar, loadCalendars } from '../../catalog/calendar.ts'
import { CatalogError } from '../../catalog/catalog-error.ts'
import { calendarOf, loadInstruments } from '../../catalog/instruments.ts'
import { didYouMean } from '../../catalog/nearest-names.ts'
import { parseTimeframe, TIMEFRAMES, type Timeframe } from '../../catalog/timeframe.ts'
import { CellError, parseDuration } from '../../load/parse-cells.ts'
import { createTimeframeEngines } from '../../processors/engine/timeframe-engines.ts'
import { chooseRows, computableRows } from '../../processors/indicators/choose-rows.ts'
import type { TapeEvent } from '../../processors/ingest/tape-record.ts'
import { BadLineError, createBadLines } from './bad-lines.ts'
import { BAR_COLUMNS } from './bar-lines.ts'
import { catalogOf } from './catalog-option.ts'
import { computeRows } from './compute-rows.ts'
import { EVENT_COLUMNS, parseEventLine } from './event-lines.ts'
import { createProgress } from './progress.ts'
import { withoutEarlierSessions } from './session-times.ts'
import { readSideFiles } from './side-files.ts'
import { openTable } from './table-lines.ts'
import { createValueCells } from './value-cells.ts'

/** What `barline indicators compute` is asked for. */
export type ComputeCommand = {
  readonly bars: string
  readonly timeframe: string
  /** Ids of indicators; all by default. */
  readonly indicators?: readonly string[]
  readonly events?: string
  /** Files of fundamentals, macro series, positions and quotes. */
  readonly side?: readonly string[]
  /** How long after the end of its period a figure without a date of publication became known, such as `45d`. */
  readonly publishedAfter?: string
  /** A file; a name that ends in `.gz` is compressed. Standard output by default. */
  readonly out?: string
  /** Id of a calendar for all symbols, instead of the ones that the instrument catalog names. */
  readonly calendar?: string
  readonly skipBad?: boolean
  readonly asIs?: boolean
  readonly catalog?: string
}

/**
 * `barline indicators compute`: the stage one of the chain over a file of bars, without a broker. Resolves to the exit code: 0, or 2
 * for a bad line that it was not told to skip. Throws RangeError for an unknown timeframe, id or calendar, `UnreadableFileError`,
 * and `CatalogError`.
 */
export async function runCompute(
  command: ComputeCommand,
  stdout: NodeJS.WritableStream = process.stdout,
  stderr: NodeJS.WritableStream = process.stderr,
): Promise<number> {
  const { bars, events, out } = command
  const bad = createBadLines(command.skipBad === true, stderr)
  try {
    const timeframe = timeframeOf(command.timeframe)
    const catalog = catalogOf(command.catalog)
    const shown = command.indicators ?? computableRows(catalog).map(({ id }) => id)
    const rows = chooseRows(catalog, shown)
    const engines = createTimeframeEngines(rows.map((row) => ({ ...row, defaultTimeframes: [timeframe] })))
    const cells = createValueCells(engines.columns, new Set(shown))
    const calendars = calendarsOf(command.calendar)
    const readSide = { calendarOf: calendars, publishedAfterMs: publishedAfterMs(command), onBad: bad.of }
    const table = await openTable(bars, BAR_COLUMNS)
    if (out !== undefined) checkOut(out)
    const progress = createProgress(table, stderr)
    const lines = computeRows(progress.watch(table), {
      path: bars,
      engines,
      cells,
      timeframe,
      events: events === undefined ? [] : await readEvents(events, calendars, bad.in(events)),
      side: await readSideFiles(command.side ?? [], readSide),
      calendarOf: calendars,
      asIs: command.asIs === true,
      onBad: bad.in(bars),
    })
    await write(lines, out, stdout)
    progress.finish()
    bad.finish()
    return 0
  } catch (error) {
    if (!(error instanceof BadLineError)) throw error
    stderr.write(`${error.message}\n`)
    return 2
  }
}

function timeframeOf(text: string): Timeframe {
  const timeframe = parseTimeframe(text)
  if (timeframe !== undefined) return timeframe
  throw new RangeError(`Timeframe ${JSON.stringify(text)} is not one of ${TIMEFRAMES.join(', ')}`)
}

function publishedAfterMs({ publishedAfter }: ComputeCommand): number | undefined {
  return publishedAfter === undefined ? undefined : parseDuration(publishedAfter)
}

function checkOut(out: string): void {
  if (out.endsWith('.parquet'))
    throw new RangeError(`The result is CSV, and ${out} would say otherwise: end it in .csv or .csv.gz`)
  if (!existsSync(dirname(out))) throw new RangeError(`There is no folder ${dirname(out)} to write ${basename(out)} to`)
}

/** The calendar of each symbol, made to answer for bars from before its first session. */
function calendarsOf(id: string | undefined): (symbol: string) => Calendar {
  const known = loadCalendars()
  const instruments = loadInstruments(known)
  const extended = new Map([...known].map(([name, calendar]) => [name, withoutEarlierSessions(calendar)]))
  const named = (name: string): Calendar => {
    const calendar = extended.get(name)
    if (calendar !== undefined) return calendar
    const names = [...extended.keys()]
    throw new RangeError(`No calendar ${name}; there are ${names.join(', ')}${didYouMean(name, names)}`)
  }
  if (id === undefined) return (symbol) => named(calendarOf(instruments, symbol))
  const all = named(id)
  return () => all
}

async function readEvents(
  path: string,
  calendars: (symbol: string) => Calendar,
  onBad: (line: number, why: string) => void,
): Promise<readonly TapeEvent[]> {
  const events: TapeEvent[] = []
  for await (const lines of await openTable(path, EVENT_COLUMNS)) {
    for (const { line, cells } of lines) {
      try {
        events.push(parseEventLine(cells, line, calendars))
      } catch (error) {
        if (!(error instanceof CellError || error instanceof CatalogError)) throw error
        onBad(line, error.message)
      }
    }
  }
  return events
}

/** A file appears under its name when it is whole, so that one that was cut off cannot be taken for a result. */
async function write(
  lines: AsyncIterable<string>,
  out: string | undefined,
  stdout: NodeJS.WritableStream,
): Promise<void> {
  const text = Readable.from(lines, { objectMode: false })
  if (out === undefined) {
    await pipeline(text, stdout, { end: false }).catch((error: NodeJS.ErrnoException) => {
      // A reader such as `head` that has seen enough closes the pipe.
      if (error.code !== 'EPIPE') throw error
    })
    return
  }
  const partial = `${out}.partial`
  const file = createWriteStream(partial)
  try {
    if (out.endsWith('.gz')) await pipeline(text, createGzip(), file)
    else await pipeline(text, file)
    await rename(partial, out)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}
