import { describeIndicator } from '../../catalog/indicator-description.ts'
import { loadCatalog } from '../../catalog/indicators.ts'
import { computableRows, inputsOf } from '../../processors/indicators/choose-rows.ts'
import { type DrawnParts, drawnParts } from './drawn.ts'
import { outputTypes } from './output-types.ts'
import { indexPage, indicatorPage } from './page.ts'
import { drawPlot } from './plot.ts'
import { shippedSeries } from './shipped-series.ts'

/** Bars of a plot: about a year. */
const BARS = 240

/** Folder of the pages, from the project's root. */
export const PAGES_FOLDER = 'docs/indicators'

/** File of the types of the library, from the project's root. */
export const TYPES_FILE = 'library/indicator-outputs.ts'

/**
 * Everything that is generated from the catalog for users of indicators, by path from the project's root: a page for each one
 * with its plot, the page that lists them, and the types of the library. The same text on every machine.
 */
export async function indicatorPages(): Promise<ReadonlyMap<string, string>> {
  const rows = loadCatalog()
  const computable = computableRows(rows)
  const series = await shippedSeries(computable, BARS)
  const ids = new Set(rows.map(({ id }) => id))
  const files = new Map<string, string>()
  for (const row of rows) {
    const inputs = inputsOf(row)
    const isCrossSection = !computable.includes(row)
    const described = describeIndicator(row, { ...inputs, isCrossSection })
    const parts = drawnParts(row, series)
    if (parts !== undefined) {
      files.set(`${PAGES_FOLDER}/${row.id}.svg`, drawPlot(`${row.name} (${row.id})`, series, parts))
    }
    const plot = { isDrawn: parts !== undefined, caption: captionOf(parts, inputs.side, isCrossSection) }
    const usedBy = rows.filter((other) => inputsOf(other).dependencies.includes(row.id)).map(({ id }) => id)
    files.set(`${PAGES_FOLDER}/${row.id}.md`, indicatorPage(described, { usedBy, plot }, ids))
  }
  files.set(`${PAGES_FOLDER}/README.md`, indexPage(rows))
  files.set(TYPES_FILE, outputTypes(computable))
  return files
}

function captionOf(parts: DrawnParts | undefined, side: readonly string[], isCrossSection: boolean): string {
  if (parts !== undefined)
    return parts.left.length === 0 ? '' : `Not drawn, on another scale: ${parts.left.join(', ')}.`
  if (isCrossSection) {
    return 'No plot: it is computed over all symbols of a timeframe, and the bars that ship are those of four.'
  }
  const needed = side.length === 0 ? '' : ` (${side.join(', ')})`
  return `No plot: the daily bars that ship with the project do not have what it reads${needed}.`
}
