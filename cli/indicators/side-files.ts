import type { Calendar } from '../../catalog/calendar.ts'
import { CatalogError } from '../../catalog/catalog-error.ts'
import { kindOf, parseRow } from '../../load/file-layout.ts'
import { LoadRefusedError } from '../../load/load-error.ts'
import { compareInputs } from '../../load/load-order.ts'
import { CellError } from '../../load/parse-cells.ts'
import type { RawInput } from '../../load/rows.ts'
import { readTableFile } from '../../load/table-file.ts'
import { createIngest } from '../../processors/ingest/ingest.ts'
import { MARKET_SYMBOL } from '../../processors/ingest/tape-record.ts'
import type { DataRecord, Emit } from '../../processors/processor.ts'
import type { RunSide } from '../../research/symbol-runs.ts'

/** What files of side inputs are read with. */
export type SideFileOptions = {
  readonly calendarOf: (symbol: string) => Calendar
  /** How long after the end of its period a figure without a date of publication became known; milliseconds. */
  readonly publishedAfterMs: number | undefined
  /** Is told of a line that cannot be used; may throw to end the reading. */
  readonly onBad: (file: string, line: number, why: string) => void
}

type SideLine = { readonly file: string; readonly line: number; readonly input: RawInput }

/**
 * Reads files of fundamentals, macro series, positions and quotes as `barline load` does, by their headers, and puts their lines in
 * order and through the checks of ingest: what is given is what the tape would have. Throws `UnreadableFileError`, and
 * `LoadRefusedError` for a file of another kind or without a column that its kind needs.
 */
export async function readSideFiles(paths: readonly string[], options: SideFileOptions): Promise<readonly RunSide[]> {
  const lines: SideLine[] = []
  for (const path of paths) lines.push(...(await linesOf(path, options)))
  lines.sort((a, b) => compareInputs(a.input, b.input))
  const ingest = createIngest({ graceMs: 0 })
  const taken: RunSide[] = []
  for (const { file, line, input } of lines) {
    const emit: Emit = {
      record: ({ key, recordName, value }) => {
        taken.push({
          symbol: input.isMarketWide ? MARKET_SYMBOL : key,
          recordName,
          value,
          knownAt: Number(value.known_at),
        })
      },
      refuse: ({ message }) => options.onBad(file, line, message),
      // A line that says again what another one has said changes nothing, here as on the tape.
      duplicate() {},
      leaveOut() {},
      marker() {},
    }
    ingest.apply(asAppended(input, line), emit)
  }
  return taken
}

async function linesOf(
  path: string,
  { calendarOf, publishedAfterMs, onBad }: SideFileOptions,
): Promise<readonly SideLine[]> {
  const context = { calendarOf, publishedAfterMs, delayMs: 0 }
  const table = await readTableFile(path)
  const kind = kindOf(table, undefined, context)
  if (kind === 'bars') throw new LoadRefusedError(`${path} holds bars: give them with --bars`)
  if (kind === 'events') throw new LoadRefusedError(`${path} holds events: give them with --events`)
  return table.rows.flatMap(({ line, cells }) => {
    try {
      return [{ file: path, line, input: parseRow(kind, cells, table.name, context) }]
    } catch (error) {
      if (!(error instanceof CellError || error instanceof CatalogError)) throw error
      onBad(path, line, error.message)
      return []
    }
  })
}

/** The record as its raw topic would have it, appended when it became known. */
function asAppended({ topic, recordName, key, value, knownAt }: RawInput, line: number): DataRecord {
  const place = { topic, partition: 0, offset: line, timestamp: knownAt }
  return { kind: 'data', ...place, key, recordName, value, headers: {} }
}
