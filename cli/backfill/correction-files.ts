import type { Calendar } from '../../catalog/calendar.ts'
import { toLoadFile } from '../../load/load-file.ts'
import { readTableFile } from '../../load/table-file.ts'
import type { DataRecord } from '../../processors/processor.ts'

/** A bar of a file. `isKnownAtSaid`: its line says since when the bar is known. */
export type FileBar = {
  readonly value: DataRecord['value']
  readonly isKnownAtSaid: boolean
  readonly file: string
  readonly line: number
}

/** The bars of files that are of a symbol, and what else was in them. */
export type FileBars = {
  readonly bars: readonly FileBar[]
  readonly refused: readonly { readonly file: string; readonly line: number; readonly why: string }[]
  readonly otherSymbols: number
}

/**
 * Reads files of bars as `barline load` does. Throws `LoadRefusedError` for a file without a column that bars need, and
 * `UnreadableFileError`.
 */
export async function readCorrectionFiles(
  paths: readonly string[],
  symbol: string,
  calendarOf: (symbol: string) => Calendar,
): Promise<FileBars> {
  const tables = await Promise.all(paths.map((path) => readTableFile(path)))
  // A bar that came in time is known soon after its close, a correction is not: without a word on it, its delay has no end.
  const files = tables.map((table) => toLoadFile(table, { delayMs: Number.POSITIVE_INFINITY, calendarOf }, 'bars'))
  const rows = files.flatMap(({ name, rows: own }) =>
    own.flatMap(({ line, input }) => (input === undefined ? [] : [{ file: name, line, input }])),
  )
  const bars = rows.filter(({ input }) => input.key === symbol)
  return {
    bars: bars.map(({ file, line, input }) => ({
      value: input.value,
      isKnownAtSaid: Number.isFinite(input.knownAt),
      file,
      line,
    })),
    refused: files.flatMap(({ name, refused }) => refused.map(({ line, why }) => ({ file: name, line, why }))),
    otherSymbols: rows.length - bars.length,
  }
}
