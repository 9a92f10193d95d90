import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import type { Column } from '../../processors/indicators/column.ts'
import type { ShippedSeries } from './shipped-series.ts'

/** Values of one thing that is drawn, bar by bar; NaN = not available. */
export type Drawn = { readonly label: string; readonly values: readonly number[] }

/** A state: its values are codes, which may have a sign. */
export type DrawnState = Drawn & { readonly labels: Readonly<Record<string, string>>; readonly isSigned: boolean }

/** What a plot of an indicator shows. */
export type DrawnParts = {
  /** On the scale of the close, over it. */
  readonly overlays: readonly Drawn[]
  /** Below the close, on one scale of their own. */
  readonly lines: readonly Drawn[]
  /** The first is drawn behind the close. */
  readonly states: readonly DrawnState[]
  readonly flags: readonly Drawn[]
  /** Outputs that would need another scale. */
  readonly left: readonly string[]
}

const MOST_LINES = 4

/** Sorts the outputs of an indicator by how they are drawn; undefined when none has a value in the series. */
export function drawnParts(row: IndicatorRow, series: ShippedSeries): DrawnParts | undefined {
  const columns = series.columns.flatMap((column, index) => (column.indicatorId === row.id ? [{ column, index }] : []))
  const all = columns.map(({ column, index }) => ({
    column,
    drawn: { label: labelOf(column), values: series.values.map((values) => values[index] ?? Number.NaN) },
  }))
  if (all.every(({ drawn }) => drawn.values.every(Number.isNaN))) return undefined
  const states = all.filter(({ column }) => column.unit === 'code')
  const flags = all.filter(({ column }) => column.unit === 'flag')
  const overlays = all.filter(({ column, drawn }) => column.unit === 'price' && isNear(drawn.values, series.closes))
  const rest = all.filter((one) => ![states, flags, overlays].some((taken) => taken.includes(one)))
  const [first] = rest
  const lines = rest.filter(({ column }) => column.unit === first?.column.unit).slice(0, MOST_LINES)
  return {
    overlays: overlays.map(({ drawn }) => drawn),
    lines: lines.map(({ drawn }) => drawn),
    states: states.map(({ column, drawn }) => ({
      ...drawn,
      labels: row.stateSpaces[column.output] ?? {},
      isSigned: row.outputs.some(({ name, min }) => name === column.output && (min ?? 0) < 0),
    })),
    flags: flags.map(({ drawn }) => drawn),
    left: rest.filter((one) => !lines.includes(one)).map(({ drawn }) => drawn.label),
  }
}

function labelOf({ output, component }: Column): string {
  return component === undefined ? output : `${output}[${component}]`
}

/** Whether values lie where the closes do. */
function isNear(values: readonly number[], closes: readonly number[]): boolean {
  const least = Math.min(...closes) / 2
  const most = Math.max(...closes) * 2
  const known = values.filter((value) => !Number.isNaN(value))
  return known.length > 0 && known.every((value) => value >= least && value <= most)
}
