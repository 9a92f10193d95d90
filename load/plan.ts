import { type Calendar, closesBetween } from '../catalog/calendar.ts'
import type { Timeframe } from '../catalog/timeframe.ts'
import type { Marker } from '../processors/processor.ts'
import type { LoadFile } from './load-file.ts'
import { compareInputs } from './load-order.ts'
import type { RawInput } from './rows.ts'

/** One step of a load, in order: a row of a file (without a record when it was refused), or a clock marker. */
export type Step =
  | { readonly kind: 'row'; readonly file: number; readonly row: number; readonly input: RawInput | undefined }
  | { readonly kind: 'marker'; readonly marker: Marker }

/** What the order of a load depends on beside the files. */
export type PlanContext = {
  readonly graceMs: number
  readonly calendarOf: (symbol: string) => Calendar
  /** Rows of each file, by index, that have been loaded before. */
  readonly loadedRows: readonly number[]
  /** Time of the newest clock marker there is: markers up to it have been sent. */
  readonly clock?: number | undefined
}

function clockMarker(ts: number): Marker {
  return { kind: 'clock', ts, known_at: ts }
}

/** Rows of all files in the order of a load; what is equal stays in the order of the files as given. */
function mergedRows(files: readonly LoadFile[]): (Step & { kind: 'row' })[] {
  const steps = files.flatMap(({ rows }, file) =>
    rows.map(({ input }, row) => ({ kind: 'row' as const, file, row, input })),
  )
  return steps.sort((a, b) => compareInputs(a.input, b.input))
}

/**
 * The closes whose barriers the bars of a load can move: of their calendars and their timeframes of an hour and more (for
 * shorter ones, of an hour), from the first bar to the last. A marker for each shorter close of the grid would say nothing more.
 */
function markerTimes(bars: readonly RawInput[], calendarOf: PlanContext['calendarOf']): number[] {
  const spans = new Map<string, { calendar: Calendar; timeframe: Timeframe; from: number; to: number }>()
  for (const { key, bar } of bars) {
    if (!bar) continue
    const calendar = calendarOf(key)
    const timeframe = bar.timeframe === '1d' || bar.timeframe === '1w' ? '1d' : '1h'
    const id = `${calendar.id}/${timeframe}`
    const span = spans.get(id) ?? { calendar, timeframe, from: bar.tsOpen, to: bar.tsClose }
    span.from = Math.min(span.from, bar.tsOpen)
    span.to = Math.max(span.to, bar.tsClose)
    spans.set(id, span)
  }
  const times = new Set<number>()
  for (const { calendar, timeframe, from, to } of spans.values()) {
    for (const close of closesBetween(calendar, timeframe, from, to)) times.add(close)
  }
  return [...times].sort((a, b) => a - b)
}

/**
 * The steps of a load that are still to be done. The whole load is, in order of time: one clock marker before the first record,
 * the rows by `known_at`, one marker after each close + grace, and a last one behind the last record; a load without bars moves
 * no clock. One that was cut off goes on as if it had not been: with the rows not loaded and the markers not sent.
 */
export function planLoad(files: readonly LoadFile[], context: PlanContext): Step[] {
  const { loadedRows, clock = Number.NEGATIVE_INFINITY } = context
  return wholeLoad(files, context).filter((step) =>
    step.kind === 'row' ? step.row >= (loadedRows[step.file] ?? 0) : step.marker.ts > clock,
  )
}

function wholeLoad(files: readonly LoadFile[], context: Pick<PlanContext, 'graceMs' | 'calendarOf'>): Step[] {
  const rows = mergedRows(files)
  const inputs = rows.flatMap(({ input }) => (input ? [input] : []))
  const bars = inputs.filter(({ bar }) => bar)
  const first = inputs[0]
  if (bars.length === 0 || !first) return rows
  const start = bars.reduce((least, { bar }) => Math.min(least, bar?.tsOpen ?? least), first.knownAt)
  const times = markerTimes(bars, context.calendarOf).map((close) => close + context.graceMs + 1)
  const end = inputs.reduce((most, { knownAt }) => Math.max(most, knownAt), start)
  if ((times.at(-1) ?? start) < end) times.push(end)
  const steps: Step[] = []
  let next = 0
  let isStarted = false
  for (const row of rows) {
    if (!row.input) {
      steps.push(row)
      continue
    }
    if (!isStarted) steps.push({ kind: 'marker', marker: clockMarker(start) })
    isStarted = true
    for (let time = times[next]; time !== undefined && time < row.input.knownAt; time = times[next]) {
      steps.push({ kind: 'marker', marker: clockMarker(time) })
      next += 1
    }
    steps.push(row)
  }
  for (const time of times.slice(next)) steps.push({ kind: 'marker', marker: clockMarker(time) })
  return steps
}
