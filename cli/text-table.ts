/** Rows as a table in plain text: a header, numbers to the right, text to the left. */
export function textTable(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) => columns.map((column) => String(row[column] ?? '')))
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...cells.map((line) => line[index]?.length ?? 0)),
  )
  const isNumeric = columns.map((column) => rows.every((row) => typeof row[column] === 'number'))
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => (isNumeric[index] ? text.padStart(widths[index] ?? 0) : text.padEnd(widths[index] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(columns), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.map(line)]
    .map((text) => `  ${text}`)
    .join('\n')
}
