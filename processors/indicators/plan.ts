import { CatalogError } from '../../catalog/catalog-error.ts'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import type { IndicatorDefinition, IndicatorPlan } from './definition.ts'

/** A catalog row and the plan that honours it. */
export type PlannedIndicator = { readonly row: IndicatorRow; readonly plan: IndicatorPlan }

/**
 * Plans each row by its definition. Throws {@link CatalogError} naming the row: no definition has the id, a parameter is unknown
 * or bad, or outputs or warm-up differ from what the code gives.
 */
export function planIndicators(
  rows: readonly IndicatorRow[],
  definitions: readonly IndicatorDefinition[],
): readonly PlannedIndicator[] {
  return rows.map((row) => {
    const definition = definitions.find(({ ids }) => ids.includes(row.id))
    if (definition === undefined)
      throw rowError('CATALOG_NOT_IMPLEMENTED', row, 'indicator_id', 'nothing computes this id')
    const plan = definition.plan(row)
    const outputs = row.outputs.map(({ name }) => name).join(', ')
    if (plan.outputs.join(', ') !== outputs) {
      throw rowError(
        'CATALOG_OUTPUTS',
        row,
        'outputs',
        `declares ${outputs}, the code gives ${plan.outputs.join(', ')}`,
      )
    }
    if (plan.warmupBars !== row.warmupBars) {
      const declared = row.warmupBars ?? 'data'
      throw rowError(
        'CATALOG_WARMUP',
        row,
        'warmup_bars',
        `declares ${declared}, the code gives ${plan.warmupBars ?? 'data'}`,
      )
    }
    return { row, plan }
  })
}

/**
 * Orders indicators so that each comes after its dependencies, and else in the given order.
 * Throws {@link CatalogError} `CATALOG_DEPENDENCY` naming the row whose dependency is missing or part of a cycle.
 */
export function orderByDependency(planned: readonly PlannedIndicator[]): readonly PlannedIndicator[] {
  const byId = new Map(planned.map((indicator) => [indicator.row.id, indicator]))
  const ordered = new Set<PlannedIndicator>()
  const visit = (indicator: PlannedIndicator, path: readonly string[]): void => {
    if (ordered.has(indicator)) return
    const { row, plan } = indicator
    if (path.includes(row.id)) throw dependencyError(row, `depends on itself: ${[...path, row.id].join(' -> ')}`)
    for (const id of plan.dependencies ?? []) {
      const dependency = byId.get(id)
      if (dependency === undefined) throw dependencyError(row, `needs ${id}, which is not among the rows`)
      visit(dependency, [...path, row.id])
    }
    ordered.add(indicator)
  }
  for (const indicator of planned) visit(indicator, [])
  return [...ordered]
}

function dependencyError(row: IndicatorRow, problem: string): CatalogError {
  return rowError('CATALOG_DEPENDENCY', row, 'formula_pseudocode', problem)
}

function rowError(code: CatalogError['code'], row: IndicatorRow, column: string, problem: string): CatalogError {
  return new CatalogError(code, { file: row.file, line: row.line, column, id: row.id }, problem)
}
