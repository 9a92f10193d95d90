import { describeIndicator, type IndicatorDescription } from '../../catalog/indicator-description.ts'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { didYouMean } from '../../catalog/nearest-names.ts'
import { parseTimeframe, TIMEFRAMES } from '../../catalog/timeframe.ts'
import { computableRows, inputsOf, rowOf } from '../../processors/indicators/choose-rows.ts'
import { textTable } from '../text-table.ts'

/** What `barline indicators list` shows; a family is named by any part of its name. */
export type ListFilter = { readonly family?: string; readonly level?: string; readonly timeframe?: string }

/** A table of the rows of a catalog that a filter lets through. Throws RangeError for a family, level or timeframe there is not. */
export function listIndicators(rows: readonly IndicatorRow[], filter: ListFilter): string {
  const listed = rows.filter(chosenBy(rows, filter))
  const table = textTable(
    listed.map((row) => ({
      id: row.id,
      name: row.name,
      family: row.family,
      level: row.level,
      kind: row.kind,
      timeframes: row.defaultTimeframes.length === TIMEFRAMES.length ? 'all' : row.defaultTimeframes.join(' '),
      outputs: row.outputs.length,
    })),
  )
  return `${table}\n${listed.length} of ${rows.length} indicators\n`
}

/** All that the catalog says of an indicator. Throws RangeError for an unknown id, naming those most like it. */
export function showIndicator(rows: readonly IndicatorRow[], id: string): string {
  const row = rowOf(new Map(rows.map((one) => [one.id, one])), id)
  const { dependencies, side } = inputsOf(row)
  const described = describeIndicator(row, { dependencies, side, isCrossSection: computableRows([row]).length === 0 })
  const used = rows.filter((other) => inputsOf(other).dependencies.includes(id)).map((other) => other.id)
  return pageOf(described, used)
}

function pageOf({ id, title, facts, outputs, states }: IndicatorDescription, usedBy: readonly string[]): string {
  const all = usedBy.length === 0 ? facts : [...facts, ['used by', usedBy.join(', ')] as const]
  const width = Math.max(...all.map(([label]) => label.length))
  const stateLines = states.flatMap(({ name, labels }) => [
    '',
    `${name}`,
    ...labels.map(([code, label]) => `  ${code.padStart(3)}  ${label}`),
  ])
  return [
    `${id}: ${title}`,
    '',
    ...all.map(([label, text]) => `${label.padEnd(width)}  ${text}`),
    '',
    textTable(outputs),
    ...stateLines,
    '',
  ].join('\n')
}

function chosenBy(
  rows: readonly IndicatorRow[],
  { family, level, timeframe }: ListFilter,
): (row: IndicatorRow) => boolean {
  const families = [...new Set(rows.map((row) => row.family))]
  const wanted = family?.toLowerCase()
  if (wanted !== undefined && !families.some((name) => name.toLowerCase().includes(wanted))) {
    throw new RangeError(`No family ${family}; there are ${families.join(', ')}${didYouMean(family ?? '', families)}`)
  }
  if (level !== undefined && !rows.some((row) => row.level === level)) {
    throw new RangeError(`Level ${JSON.stringify(level)} is not one of L1, L2, L3`)
  }
  const frame = timeframe === undefined ? undefined : parseTimeframe(timeframe)
  if (timeframe !== undefined && frame === undefined) {
    throw new RangeError(`Timeframe ${JSON.stringify(timeframe)} is not one of ${TIMEFRAMES.join(', ')}`)
  }
  return (row) =>
    (wanted === undefined || row.family.toLowerCase().includes(wanted)) &&
    (level === undefined || row.level === level) &&
    (frame === undefined || row.defaultTimeframes.includes(frame))
}
