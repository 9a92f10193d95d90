/** One line of a plot: a letter, and a value for each x. */
export type PlotLine = {
  readonly letter: string
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

const columns = 90
const rows = 14

/** Lines over one another as text, y from 0 up; `marked` is a span of x that is underlined. Points of a column are averaged. */
export function textPlot(lines: readonly PlotLine[], marked?: readonly [from: number, to: number]): string {
  const all = lines.flatMap(({ points }) => points)
  const [firstX, lastX] = [Math.min(...all.map(({ x }) => x)), Math.max(...all.map(({ x }) => x))]
  const top = Math.max(...all.map(({ y }) => y)) * 1.05
  const columnOf = (x: number) => Math.min(columns - 1, Math.floor(((x - firstX) / (lastX - firstX)) * columns))
  const grid = Array.from({ length: rows }, () => Array.from({ length: columns }, () => ' '))
  for (const { letter, points } of lines) {
    for (let column = 0; column < columns; column += 1) {
      const here = points.filter(({ x }) => columnOf(x) === column)
      if (here.length === 0) continue
      const y = here.reduce((sum, point) => sum + point.y, 0) / here.length
      const line = grid[rows - 1 - Math.floor((y / top) * rows)]
      if (line) line[column] = letter
    }
  }
  const label = (row: number) => ((top * (rows - row)) / rows).toFixed(0).padStart(7)
  const isMarked = (column: number) => marked && column >= columnOf(marked[0]) && column <= columnOf(marked[1])
  const axis = Array.from({ length: columns }, (_, column) => (isMarked(column) ? '=' : '-')).join('')
  return [...grid.map((line, row) => `${label(row)} |${line.join('')}`), `      0 +${axis}`].join('\n')
}
