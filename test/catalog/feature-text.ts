import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'

/** The text of the feature schema in the tree. */
export const featureText = readFileSync(
  new URL('../../catalog/indicator_feature_schema_v1.csv', import.meta.url),
  'utf8',
)

/** The text of a schema with some cells of one row replaced. */
export function editFeatures(id: string, cells: Readonly<Record<string, string>>, text: string = featureText): string {
  const [header = [], ...rows]: string[][] = parse(text)
  const row = rows.find((one) => one[1] === id)
  if (row === undefined) throw new Error(`no feature ${id}`)
  for (const [column, cell] of Object.entries(cells)) row[header.indexOf(column)] = cell
  return toCsv([header, ...rows])
}

/** The text of a schema with a copy of one row at its end, some cells of it replaced. */
export function appendFeature(id: string, cells: Readonly<Record<string, string>>, text: string = featureText): string {
  const [header = [], ...rows]: string[][] = parse(text)
  const copy = [...(rows.find((one) => one[1] === id) ?? [])]
  for (const [column, cell] of Object.entries(cells)) copy[header.indexOf(column)] = cell
  return toCsv([header, ...rows, copy])
}

function toCsv(rows: readonly (readonly string[])[]): string {
  const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`
  return `${rows.map((row) => row.map((cell) => (/[",\n]/.test(cell) ? quote(cell) : cell)).join(',')).join('\n')}\n`
}
