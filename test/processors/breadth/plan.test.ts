import { describe, expect, test } from '@jest/globals'
import { loadSchemas } from '../../../avro/schemas.ts'
import { crossSectionRows } from '../../../catalog/cross-section.ts'
import { fieldName } from '../../../catalog/indicator-column.ts'
import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { planCrossSection } from '../../../processors/breadth/plan.ts'
import { crossSectionReach } from '../../../processors/breadth/reach.ts'
import { CROSS_DEFINITIONS } from '../../../processors/breadth/registry.ts'
import { catalog, rowOf } from './cross-cases.ts'

const outputsOf = (rows: readonly IndicatorRow[]) =>
  rows.flatMap(({ id, outputs }) => outputs.map(({ name }) => fieldName(id, name)))

describe('the cross-section of the whole catalog', () => {
  const { market, universe } = crossSectionRows(catalog)

  test('is computed row by row with exactly the declared outputs', () => {
    const plan = planCrossSection(catalog)
    expect(plan.market).toEqual(outputsOf(market))
    expect(plan.universe).toEqual(outputsOf(universe))
    expect([market.length, universe.length]).toEqual([7, 6])
  })

  test('is all that there is code for, in the record that its scope says', () => {
    const known = CROSS_DEFINITIONS.flatMap(({ ids }) => ids)
    expect(known.toSorted()).toEqual([...market, ...universe].map(({ id }) => id).toSorted())
    expect(new Set(market.map(({ id }) => crossSectionReach(id)))).toEqual(new Set(['market']))
    expect(new Set(universe.map(({ id }) => crossSectionReach(id)))).toEqual(new Set(['universe']))
    expect(catalog.filter(({ id }) => crossSectionReach(id) !== undefined)).toHaveLength(13)
  })

  test('reads fields of stage one that its catalog has', () => {
    const stageOne = new Set(outputsOf(catalog))
    const bar = new Set(['open', 'high', 'low', 'close', 'volume'])
    expect(planCrossSection(catalog).fields.filter((field) => !stageOne.has(field) && !bar.has(field))).toEqual([])
  })
})

describe('the records of market-state', () => {
  test.each([
    ['MarketState', 'market'],
    ['UniverseState', 'universe'],
  ] as const)('%s has a field for every output', (name, reach) => {
    const fields = loadSchemas()
      .get(`barline.state.${name}`)
      ?.fields.map((field) => field.name)
    expect(fields?.filter((field) => field.includes('__'))).toEqual(outputsOf(crossSectionRows(catalog)[reach]))
  })
})

describe('a row that cannot be honoured is refused at the start, by name', () => {
  test.each<[string, Partial<IndicatorRow>]>([
    ['nothing computes this id', { id: 'xs_rank_v2' }],
    ['declares ret_5, the code gives', { outputs: rowOf('xs_rank_v1').outputs.slice(0, 1) }],
    ['declares 22, the code gives 21', { warmupBars: 22 }],
    ['is market, but the values of the code are of the universe', { scope: 'market' }],
    ['min_members', { params: {} }],
    ['Unrecognized key', { params: { min_members: 10, window: 5 } }],
  ])('%s', (problem, cells) => {
    const row = rowOf('xs_rank_v1', cells)
    expect(() => planCrossSection([row])).toThrow(problem)
    expect(() => planCrossSection([row])).toThrow(expect.objectContaining({ id: row.id, line: row.line }))
  })
})
