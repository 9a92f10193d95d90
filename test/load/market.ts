import { type Calendar, loadCalendars } from '../../catalog/calendar.ts'
import type { LoadFile } from '../../load/load-file.ts'
import { compareInputs } from '../../load/load-order.ts'
import { parseBar, type RawInput } from '../../load/rows.ts'

const calendars = loadCalendars()

/** A calendar of the catalog. */
export function calendar(id: string): Calendar {
  const found = calendars.get(id)
  if (!found) throw new RangeError(`No calendar ${id}`)
  return found
}

/** New York for every symbol but those that begin with `X:`. */
export function calendarOf(symbol: string): Calendar {
  return calendar(symbol.startsWith('X:') ? 'CRYPTO' : 'XNYS')
}

/** Cells of a bar that nothing is wrong with. */
export function barCells(symbol: string, timeframe: string, tsOpen: string): Record<string, string> {
  return { symbol, timeframe, ts_open_utc: tsOpen, open: '1', high: '2', low: '1', close: '2', volume: '10' }
}

/** A bar known `delayMs` after its close. */
export function bar(symbol: string, timeframe: string, tsOpen: string, delayMs = 0): RawInput {
  return parseBar(barCells(symbol, timeframe, tsOpen), 'test', { delayMs, calendarOf })
}

/** A file of these inputs, in the order of a load; undefined stands for a refused line. */
export function fileOf(name: string, inputs: readonly (RawInput | undefined)[]): LoadFile {
  const rows = inputs.map((input, index) => ({ line: index + 2, input }))
  rows.sort((a, b) => compareInputs(a.input, b.input))
  return { name, sha256: name, kind: 'bars', rows, refused: [] }
}
