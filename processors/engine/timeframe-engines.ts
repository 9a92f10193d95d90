import { createHash } from 'node:crypto'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { TIMEFRAMES, type Timeframe } from '../../catalog/timeframe.ts'
import { dimensionOf } from '../features/feature-dimension.ts'
import type { Column } from '../indicators/column.ts'
import type { IndicatorDefinition } from '../indicators/definition.ts'
import { createIndicatorEngine, type IndicatorEngine } from '../indicators/engine.ts'
import { indicatorNodes, type TimeframeRead } from '../indicators/nodes.ts'
import type { SideField } from '../indicators/side-fields.ts'
import { TIMEFRAME_SLOTS_VERSION } from '../timeframes/timeframes.ts'
import { type KeptColumn, keptLength } from './kept-values.ts'

/** Version of what a symbol's state holds beside the engines' arrays; a change of its meaning must raise it. */
const STATE_VERSION = 3

/** Where a value of another timeframe is found and where it goes. */
export type CrossRead = { readonly sideIndex: number; readonly source: Timeframe; readonly kept: number }

/** The engine of one timeframe and what surrounds it. */
export type TimeframeEngine = {
  readonly timeframe: Timeframe
  /** Its place among timeframes that close at the same time. */
  readonly rank: number
  readonly engine: IndicatorEngine
  /** Whether an indicator of it reads something from outside the symbol's bars. */
  readonly readsSide: boolean
  /** What it reads of other timeframes. */
  readonly reads: readonly CrossRead[]
  /** The columns that other timeframes read of it. */
  readonly kept: readonly KeptColumn[]
}

/** The engines of all timeframes over one catalog. They hold no data, so that one object serves any number of tasks. */
export type TimeframeEngines = {
  /** What every row holds, in this order; a column that its timeframe does not compute is NaN. */
  readonly columns: readonly Column[]
  readonly sideFields: readonly SideField[]
  /** Places in `sideFields` of the values of other timeframes. */
  readonly crossFields: readonly number[]
  readonly of: Readonly<Record<Timeframe, TimeframeEngine>>
  /** Hex sha256 of all that gives a state its meaning, over all timeframes. */
  readonly layoutHash: string
}

/**
 * Builds an engine per timeframe, each with the rows that are computed on it. `definitions` is for tests.
 * Throws CatalogError naming the row that cannot be honoured.
 */
export function createTimeframeEngines(
  rows: readonly IndicatorRow[],
  definitions?: readonly IndicatorDefinition[],
): TimeframeEngines {
  const nodes = indicatorNodes(rows, definitions)
  const engines = TIMEFRAMES.map((timeframe) => {
    const active = nodes.active[timeframe]
    return createIndicatorEngine(rows, definitions === undefined ? { active } : { active, definitions })
  })
  const [first] = engines
  if (first === undefined) throw new Error('There are no timeframes')
  const { columns, sideFields } = first
  const keptOn = (timeframe: Timeframe) => keptColumns(nodes.reads, timeframe, columns)

  const build = (timeframe: Timeframe): TimeframeEngine => ({
    timeframe,
    rank: nodes.order.indexOf(timeframe),
    engine: engines[TIMEFRAMES.indexOf(timeframe)] ?? first,
    readsSide: nodes.readsSide.has(timeframe),
    reads: nodes.reads
      .filter(({ reader }) => reader === timeframe)
      .map(({ field, source, indicatorId, output }) => ({
        sideIndex: sideFields.indexOf(field),
        source,
        kept: keptOn(source).findIndex(({ column }) => column === columnOf(columns, indicatorId, output)),
      })),
    kept: keptOn(timeframe),
  })
  const of = {
    '1m': build('1m'),
    '5m': build('5m'),
    '15m': build('15m'),
    '1h': build('1h'),
    '1d': build('1d'),
    '1w': build('1w'),
  }
  const contents = TIMEFRAMES.map((timeframe) => {
    const { engine, kept } = of[timeframe]
    return [engine.layoutHash, kept, keptLength(kept)]
  })
  const versions = [STATE_VERSION, TIMEFRAME_SLOTS_VERSION]
  const layoutHash = createHash('sha256')
    .update(JSON.stringify([versions, nodes.order, contents]))
    .digest('hex')
  const crossFields = sideFields.flatMap((field, index) => (field.includes('@') ? [index] : []))
  return { columns, sideFields, crossFields, of, layoutHash }
}

function keptColumns(
  reads: readonly TimeframeRead[],
  timeframe: Timeframe,
  columns: readonly Column[],
): readonly KeptColumn[] {
  const named = reads.filter(({ source }) => source === timeframe)
  const indices = new Set(named.map(({ indicatorId, output }) => columnOf(columns, indicatorId, output)))
  return [...indices]
    .sort((a, b) => a - b)
    .map((column) => ({ column, dimension: dimensionOf(columns[column]?.unit ?? 'ratio') }))
}

function columnOf(columns: readonly Column[], indicatorId: string, output: string): number {
  return columns.findIndex((each) => each.indicatorId === indicatorId && each.output === output)
}
