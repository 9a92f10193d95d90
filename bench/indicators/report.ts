import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import type { FullReport } from './full-cost.ts'
import type { RowCost } from './row-cost.ts'
import type { TalibTiming } from './talib.ts'

/** What was measured of a row, best of all rounds. */
export type Measured = {
  readonly row: IndicatorRow
  /** Of the row and of what it depends on, over an engine without rows. */
  readonly barline?: number
} & Partial<Pick<RowCost, 'signals'>> &
  Partial<TalibTiming>

/** Markdown table of all rows together, by length of the series. */
export function fullTable({ rows, columns, stateKib, addition, costs }: FullReport): string {
  const lines = costs.map(
    ({ bars, timing }) => `| ${bars.toLocaleString('en-US')} | ${us(timing.best)} | ${us(timing.median)} |`,
  )
  return [
    `All ${rows} rows (${columns} columns, state of ${stateKib.toFixed(0)} KiB); one dependent addition takes ` +
      `${addition.best.toFixed(2)} ns at best, ${addition.median.toFixed(2)} ns in the median.`,
    '',
    '| bars before | best, us a bar | median, us a bar |',
    '|---|---|---|',
    ...lines,
  ].join('\n')
}

/** Markdown table of each row alone, in ns a bar. */
export function rowTable(measured: readonly Measured[]): string {
  const lines = measured.map(({ row, barline, signals, batch, stream }) => {
    const memory = row.memoryClass === 'finite' ? `finite, ${row.warmupBars ?? 'data'}` : row.memoryClass
    return `| ${row.id} | ${memory} | ${ns(barline)} | ${ns(signals)} | ${ns(batch)} | ${ns(stream)} |`
  })
  const head = '| row | memory, warm-up | Barline | trading-signals | TA-Lib batch (C) | TA-Lib stream (Python) |'
  return [head, '|---|---|---|---|---|---|', ...lines].join('\n')
}

/** Nanoseconds that two runs of the same row may lie apart. */
const NOISE = 3

/** Which rows miss the aims: no slower than trading-signals; recursive rows within three times TA-Lib's batch. */
export function summary(measured: readonly Measured[]): string {
  const slower = measured.filter(({ barline = 0, signals = Number.POSITIVE_INFINITY }) => barline > signals + NOISE)
  const recursive = measured.filter(({ row, batch }) => row.memoryClass !== 'finite' && batch !== undefined)
  const beyond = recursive.filter(({ barline = 0, batch = 0 }) => barline > 3 * batch)
  const beside = measured.filter(({ signals }) => signals !== undefined)
  return [
    `Slower than trading-signals by more than ${NOISE} ns: ${slower.length} of ${beside.length}${listOf(slower)}`,
    `Recursive and beyond three times TA-Lib's batch: ${beyond.length} of ${recursive.length}${listOf(beyond)}`,
  ].join('\n')
}

function listOf(measured: readonly Measured[]): string {
  return measured.length === 0 ? '' : `: ${measured.map(({ row }) => row.id).join(', ')}`
}

function us(nanoseconds: number): string {
  return (nanoseconds / 1000).toFixed(2)
}

function ns(nanoseconds: number | undefined): string {
  if (nanoseconds === undefined) return ''
  // The row is a difference of two measurements; below a nanosecond it is lost in their noise.
  if (nanoseconds < 1) return '<1'
  return nanoseconds < 10 ? nanoseconds.toFixed(1) : nanoseconds.toFixed(0)
}
