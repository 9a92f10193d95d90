import { CatalogError } from '../../catalog/catalog-error.ts'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { parseTimeframe, TIMEFRAMES, type Timeframe } from '../../catalog/timeframe.ts'
import type { IndicatorDefinition } from './definition.ts'
import { orderByDependency, type PlannedIndicator, planIndicators } from './plan.ts'
import { INDICATOR_DEFINITIONS } from './registry.ts'
import { parseOtherTimeframe, type SideField } from './side-fields.ts'

/** That some indicator of the timeframe `reader` takes an output of another one of the same symbol. */
export type TimeframeRead = {
  readonly reader: Timeframe
  readonly field: SideField
  readonly source: Timeframe
  readonly indicatorId: string
  readonly output: string
}

/** Which indicators are computed on which timeframes. */
export type IndicatorNodes = {
  /** Ids of the rows that are computed on each timeframe, in row order. */
  readonly active: Readonly<Record<Timeframe, ReadonlySet<string>>>
  /** The timeframes on which something is computed that reads from outside the symbol's own bars. */
  readonly readsSide: ReadonlySet<Timeframe>
  /** What is read across timeframes. A field of the reader's own timeframe is not among them: it has no value. */
  readonly reads: readonly TimeframeRead[]
  /** All timeframes; of those that close at the same time, each comes after those it reads, and else the shorter first. */
  readonly order: readonly Timeframe[]
}

/**
 * The graph of (indicator, timeframe): a row is computed on the timeframes it lists, and on any other on which something that is
 * computed needs it. It needs its plan's and its declared dependencies on the same timeframe, and what its plan names of others.
 * Throws {@link CatalogError} naming the row: it is not implemented, a parameter is unknown, it needs a row or an output that is
 * not there, it depends on itself, or timeframes read each other in a circle.
 */
export function indicatorNodes(
  rows: readonly IndicatorRow[],
  definitions: readonly IndicatorDefinition[] = INDICATOR_DEFINITIONS,
): IndicatorNodes {
  const planned = orderByDependency(planIndicators(rows, definitions).map(withDeclared))
  const byId = new Map(planned.map((indicator) => [indicator.row.id, indicator]))
  const reached = new Map<Timeframe, Set<string>>(TIMEFRAMES.map((timeframe) => [timeframe, new Set()]))
  const readsSide = new Set<Timeframe>()
  const reads = new Map<string, TimeframeRead>()

  const visit = (indicator: PlannedIndicator, timeframe: Timeframe): void => {
    const ids = reached.get(timeframe)
    const { row, plan } = indicator
    if (ids === undefined || ids.has(row.id)) return
    ids.add(row.id)
    for (const id of plan.dependencies ?? []) visit(rowOf(id, row, byId), timeframe)
    for (const field of plan.side ?? []) {
      if (!field.includes('@')) readsSide.add(timeframe)
      const read = readOf(field, timeframe, row, byId)
      if (read === undefined) continue
      reads.set(`${timeframe} ${field}`, read)
      visit(rowOf(read.indicatorId, row, byId), read.source)
    }
  }
  for (const indicator of planned) for (const timeframe of indicator.row.defaultTimeframes) visit(indicator, timeframe)

  const activeOn = (timeframe: Timeframe): ReadonlySet<string> =>
    new Set(rows.flatMap(({ id }) => (reached.get(timeframe)?.has(id) ? [id] : [])))
  return {
    active: {
      '1m': activeOn('1m'),
      '5m': activeOn('5m'),
      '15m': activeOn('15m'),
      '1h': activeOn('1h'),
      '1d': activeOn('1d'),
      '1w': activeOn('1w'),
    },
    readsSide,
    reads: [...reads.values()],
    order: orderTimeframes([...reads.values()], planned),
  }
}

/** The indicator with the dependencies that its row declares beside those that its plan has. */
function withDeclared({ row, plan }: PlannedIndicator): PlannedIndicator {
  return { row, plan: { ...plan, dependencies: [...new Set([...(plan.dependencies ?? []), ...row.dependencies])] } }
}

type Planned = ReadonlyMap<string, PlannedIndicator>

function rowOf(id: string, needs: IndicatorRow, byId: Planned): PlannedIndicator {
  const indicator = byId.get(id)
  if (indicator === undefined) throw dependencyError(needs, `needs ${id}, which is not among the rows`)
  return indicator
}

/** What a side field names on another timeframe; undefined for a field of another sort, or of the reader's own timeframe. */
function readOf(field: SideField, reader: Timeframe, row: IndicatorRow, byId: Planned): TimeframeRead | undefined {
  if (!field.includes('@')) return undefined
  const named = parseOtherTimeframe(field)
  const source = parseTimeframe(named?.timeframe ?? '')
  if (named === undefined || source === undefined)
    throw dependencyError(row, `reads ${field}, which names no timeframe`)
  const { indicatorId, output } = named
  const outputs = rowOf(indicatorId, row, byId).row.outputs
  if (!outputs.some(({ name }) => name === output)) {
    throw dependencyError(row, `reads ${field}, but the outputs are ${outputs.map(({ name }) => name).join(', ')}`)
  }
  return source === reader ? undefined : { reader, field, source, indicatorId, output }
}

function orderTimeframes(reads: readonly TimeframeRead[], planned: readonly PlannedIndicator[]): readonly Timeframe[] {
  const order: Timeframe[] = []
  while (order.length < TIMEFRAMES.length) {
    const left = TIMEFRAMES.filter((timeframe) => !order.includes(timeframe))
    const next = left.find((timeframe) =>
      reads.every((read) => read.reader !== timeframe || order.includes(read.source)),
    )
    if (next === undefined) {
      const fields = reads.filter(({ reader, source }) => left.includes(reader) && left.includes(source))
      const circle = fields.map(({ reader, field }) => `${reader} reads ${field}`).join(', ')
      const blamed = planned.find(({ plan }) => fields.some(({ field }) => plan.side?.includes(field)))
      if (blamed === undefined) throw new Error(`Timeframes wait for each other: ${circle}`)
      throw dependencyError(blamed.row, `timeframes wait for each other: ${circle}`)
    }
    order.push(next)
  }
  return order
}

function dependencyError({ file, line, id }: IndicatorRow, problem: string): CatalogError {
  return new CatalogError('CATALOG_DEPENDENCY', { file, line, column: 'formula_pseudocode', id }, problem)
}
