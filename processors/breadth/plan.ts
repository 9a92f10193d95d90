import { CatalogError } from '../../catalog/catalog-error.ts'
import { isMarketWide } from '../../catalog/cross-section.ts'
import { fieldName } from '../../catalog/indicator-column.ts'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { isCrossSectional } from '../../catalog/stage.ts'
import { LOG_RETURN } from './daily-returns.ts'
import type { CrossDefinition, CrossPlan } from './definition.ts'
import { BAR_FIELDS } from './member-row.ts'
import { crossSectionReach } from './reach.ts'
import { CROSS_DEFINITIONS } from './registry.ts'

/** A cross-sectional row and the plan that honours it. */
export type PlannedRow = { readonly row: IndicatorRow; readonly isMarket: boolean; readonly plan: CrossPlan }

/** The cross-section of a catalog before anything is allocated. */
export type CrossSectionPlan = {
  /** Each after the rows that it depends on. */
  readonly rows: readonly PlannedRow[]
  /** The fields of stage one that are read, each once. */
  readonly fields: readonly string[]
  /** Fields of the record of the market, and of that of a member, in catalog order. */
  readonly market: readonly string[]
  readonly universe: readonly string[]
}

/**
 * Plans the cross-sectional rows of a catalog. Throws {@link CatalogError} naming the row that cannot be honoured: nothing computes
 * it, its parameters, outputs or warm-up are not those of the code, or a row that it depends on is not there.
 */
export function planCrossSection(
  catalog: readonly IndicatorRow[],
  definitions: readonly CrossDefinition[] = CROSS_DEFINITIONS,
): CrossSectionPlan {
  const planned = catalog.filter(isCrossSectional).map((row) => planRow(row, catalog, definitions))
  const fieldsOf = (isMarket: boolean): readonly string[] =>
    planned
      .filter((one) => one.isMarket === isMarket)
      .flatMap(({ row }) => row.outputs.map(({ name }) => fieldName(row.id, name)))
  const read = planned.flatMap(({ plan }) => plan.reads)
  return {
    rows: orderRows(planned),
    fields: [...new Set([...BAR_FIELDS, LOG_RETURN, ...read])],
    market: fieldsOf(true),
    universe: fieldsOf(false),
  }
}

function planRow(
  row: IndicatorRow,
  catalog: readonly IndicatorRow[],
  definitions: readonly CrossDefinition[],
): PlannedRow {
  const definition = definitions.find(({ ids }) => ids.includes(row.id))
  if (definition === undefined) {
    throw rowError('CATALOG_NOT_IMPLEMENTED', row, 'indicator_id', 'nothing computes this id over a cross-section')
  }
  const reach = crossSectionReach(row.id)
  const isMarket = reach === 'market'
  if (isMarket !== isMarketWide(row)) {
    throw rowError('CATALOG_CELL', row, 'scope', `is ${row.scope}, but the values of the code are of the ${reach}`)
  }
  const plan = definition.plan(row, catalog)
  const outputs = row.outputs.map(({ name }) => name).join(', ')
  if (plan.outputs.join(', ') !== outputs) {
    throw rowError('CATALOG_OUTPUTS', row, 'outputs', `declares ${outputs}, the code gives ${plan.outputs.join(', ')}`)
  }
  if (plan.warmupBars !== row.warmupBars) {
    const problem = `declares ${row.warmupBars ?? 'data'}, the code gives ${plan.warmupBars ?? 'data'}`
    throw rowError('CATALOG_WARMUP', row, 'warmup_bars', problem)
  }
  return { row, isMarket, plan }
}

function orderRows(planned: readonly PlannedRow[]): readonly PlannedRow[] {
  const ordered = new Set<PlannedRow>()
  const visit = (one: PlannedRow, path: readonly string[]): void => {
    const { row, plan } = one
    if (path.includes(row.id)) throw dependencyError(row, `depends on itself: ${[...path, row.id].join(' -> ')}`)
    for (const id of plan.dependencies ?? []) {
      const dependency = planned.find((other) => other.row.id === id)
      if (dependency === undefined) throw dependencyError(row, `needs ${id}, which is not among the rows`)
      visit(dependency, [...path, row.id])
    }
    ordered.add(one)
  }
  for (const one of planned) visit(one, [])
  return [...ordered]
}

function dependencyError(row: IndicatorRow, problem: string): CatalogError {
  return rowError('CATALOG_DEPENDENCY', row, 'dependencies_L2L3', problem)
}

function rowError(code: CatalogError['code'], row: IndicatorRow, column: string, problem: string): CatalogError {
  return new CatalogError(code, { file: row.file, line: row.line, column, id: row.id }, problem)
}
