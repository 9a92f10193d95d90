import { CatalogError } from '../../catalog/catalog-error.ts'
import { parseTimeframe, type Timeframe } from '../../catalog/timeframe.ts'
import { CellError } from '../../load/parse-cells.ts'
import type { RunBar } from '../../research/symbol-runs.ts'
import { type BarContext, parseBarLine } from './bar-lines.ts'
import { createCloseOrder } from './close-order.ts'
import type { TableLine } from './table-lines.ts'

/** A bar with its line, and with its place among those of the timeframe that is computed (undefined for another one). */
export type FedBar = RunBar & { readonly line: number; readonly text: string; readonly place: number | undefined }

/** What a file of bars is read with. */
export type FeedOptions = BarContext & {
  readonly timeframe: Timeframe
  /** Whether bars of other timeframes are of use. */
  readonly takesOthers: boolean
  /** Is told of a line that cannot be used; may throw to end the reading. */
  readonly onBad: (line: number, why: string) => void
}

/** Turns the lines of a file into bars in order of their close. */
export interface BarFeed {
  /** The timeframes met so far. */
  readonly found: ReadonlySet<string>
  /** Takes the next line and gives the bars whose turn it is. */
  take(line: TableLine): readonly FedBar[]
  /** Gives the rest. */
  finish(): readonly FedBar[]
}

/** A feed at the beginning of a file. */
export function createBarFeed(options: FeedOptions): BarFeed {
  const { timeframe: wanted, takesOthers } = options
  const order = createCloseOrder<FedBar>()
  const found = new Set<string>()
  let places = 0
  return {
    found,
    take({ line, cells }) {
      const { timeframe = '' } = cells
      found.add(timeframe)
      if (timeframe !== wanted && !takesOthers && parseTimeframe(timeframe) !== undefined) return []
      const bar = parsed(cells, line, options)
      if (bar === undefined) return []
      const place = timeframe === wanted ? places : undefined
      if (place !== undefined) places += 1
      return order.take({ ...bar, line, text: cells.ts_open_utc ?? '', place })
    },
    finish: () => order.finish(),
  }
}

function parsed(cells: TableLine['cells'], line: number, options: FeedOptions): RunBar | undefined {
  try {
    return parseBarLine(cells, options)
  } catch (error) {
    if (!(error instanceof CellError || error instanceof CatalogError)) throw error
    options.onBad(line, error.message)
    return undefined
  }
}
