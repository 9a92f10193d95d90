import { columnName } from '../../catalog/indicator-column.ts'
import { type IndicatorRow, outputWidth } from '../../catalog/indicator-row.ts'

const LINE_WIDTH = 120

/** The source of the types that name the outputs of indicators, for callers of the library. */
export function outputTypes(rows: readonly IndicatorRow[]): string {
  const members = rows.map(({ id, outputs }) =>
    unionOf(
      `  ${id}:`,
      outputs.map(({ name }) => name),
      '    ',
    ),
  )
  const vectors = rows.flatMap(({ id, outputs }) =>
    outputs.flatMap(({ name, dtype }) => (outputWidth(dtype) > 1 ? [columnName(id, name)] : [])),
  )
  return [
    '// Generated from the indicator catalog by research/write-indicator-pages.ts.',
    '',
    '/** The outputs of each indicator that is computed from one series. */',
    'export type IndicatorOutputs = {',
    ...members,
    '}',
    '',
    '/** Id of an indicator that is computed from one series. */',
    'export type IndicatorId = keyof IndicatorOutputs',
    '',
    '/** The outputs that are vectors. */',
    unionOf('export type VectorOutput =', vectors, '  '),
    '',
  ].join('\n')
}

/** `head 'a' | 'b'`, a name a line where it would be too long for one line. */
function unionOf(head: string, names: readonly string[], indent: string): string {
  const quoted = names.map((name) => `'${name}'`)
  const line = `${head} ${quoted.join(' | ')}`
  return line.length <= LINE_WIDTH ? line : [head, ...quoted.map((name) => `${indent}| ${name}`)].join('\n')
}
