import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { CatalogError } from '../../../catalog/catalog-error.ts'
import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { defineIndicator } from '../../../processors/indicators/definition.ts'
import { indicatorNodes } from '../../../processors/indicators/nodes.ts'
import { otherTimeframe, type SideField } from '../../../processors/indicators/side-fields.ts'
import { testRow } from '../engine/fold-cases.ts'

type Case = {
  readonly id: string
  readonly on: readonly Timeframe[]
  readonly needs?: readonly string[]
  readonly declares?: readonly string[]
  readonly side?: readonly SideField[]
}

const rowsOf = (cases: readonly Case[]): IndicatorRow[] =>
  cases.map(({ id, on, declares = [] }) =>
    testRow(id, ['value'], { defaultTimeframes: on, dependencies: declares, line: 7 }),
  )

const definitionsOf = (cases: readonly Case[]) =>
  cases.map(({ id, needs = [], side = [] }) =>
    defineIndicator({
      ids: [id],
      params: z.strictObject({}),
      plan: () => ({
        outputs: ['value'],
        warmupBars: undefined,
        dependencies: needs,
        side,
        bind: () => ({ step: () => undefined }),
      }),
    }),
  )

const nodesOf = (...cases: readonly Case[]) => indicatorNodes(rowsOf(cases), definitionsOf(cases))

function refusalOf(nodes: () => unknown): CatalogError {
  try {
    nodes()
  } catch (error) {
    if (error instanceof CatalogError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const value = (timeframe: Timeframe, id: string) => otherTimeframe(timeframe, id, 'value')

describe('the nodes of a catalog', () => {
  test('are the timeframes that a row lists, and those on which something needs it', () => {
    const { active } = nodesOf(
      { id: 'base', on: ['1w'] },
      { id: 'declared', on: ['1w'] },
      { id: 'middle', on: ['1d'], needs: ['base'], declares: ['declared'] },
      { id: 'top', on: ['1h'], needs: ['middle'] },
    )
    expect(Object.entries(active).map(([timeframe, ids]) => [timeframe, [...ids]])).toEqual([
      ['1m', []],
      ['5m', []],
      ['15m', []],
      ['1h', ['base', 'declared', 'middle', 'top']],
      ['1d', ['base', 'declared', 'middle']],
      ['1w', ['base', 'declared']],
    ])
  })

  test('hold what is read of other timeframes, with all it needs there', () => {
    const { active, reads } = nodesOf(
      { id: 'base', on: ['1m'] },
      { id: 'state', on: ['1m'], needs: ['base'] },
      { id: 'multi', on: ['1h'], side: [value('15m', 'state'), value('1h', 'state'), 'quote.bid'] },
    )
    expect([...active['15m']]).toEqual(['base', 'state'])
    expect([...active['1h']]).toEqual(['multi'])
    expect(reads).toEqual([
      { reader: '1h', field: 'state.value@15m', source: '15m', indicatorId: 'state', output: 'value' },
    ])
  })

  test('put a timeframe behind those it reads, and else the shorter first', () => {
    const base = { id: 'base', on: ['1m'] } as const
    expect(nodesOf(base).order).toEqual(['1m', '5m', '15m', '1h', '1d', '1w'])
    const multi = { id: 'multi', on: ['1h', '1d'], side: [value('15m', 'base'), value('1d', 'base')] } as const
    expect(nodesOf(base, multi).order).toEqual(['1m', '5m', '15m', '1d', '1h', '1w'])
  })

  test('say which timeframes read from outside', () => {
    const { readsSide } = nodesOf(
      { id: 'base', on: ['1m'] },
      { id: 'spread', on: ['1h'], side: ['quote.bid', value('1d', 'base')] },
    )
    expect([...readsSide]).toEqual(['1h'])
  })
})

describe('a catalog whose nodes cannot be evaluated is refused, naming the row', () => {
  const day: readonly Timeframe[] = ['1d']
  test.each<[string, string, string, readonly Case[]]>([
    ['a need without a row', 'top', 'needs base', [{ id: 'top', on: day, needs: ['base'] }]],
    ['a declared need without a row', 'top', 'needs base', [{ id: 'top', on: day, declares: ['base'] }]],
    ['a side field without a row', 'top', 'needs base', [{ id: 'top', on: day, side: [value('1h', 'base')] }]],
    [
      'a side field without an output',
      'top',
      'the outputs are value',
      [
        { id: 'base', on: day },
        { id: 'top', on: day, side: ['base.score@1h'] },
      ],
    ],
    [
      'a side field of no timeframe',
      'top',
      'names no timeframe',
      [
        { id: 'base', on: day },
        { id: 'top', on: day, side: ['base.value@2h' as SideField] },
      ],
    ],
    [
      'rows that need each other',
      'a',
      'depends on itself: a -> b -> a',
      [
        { id: 'a', on: day, needs: ['b'] },
        { id: 'b', on: day, declares: ['a'] },
      ],
    ],
    [
      'timeframes that read each other',
      'up',
      '1h reads base.value@1d, 1d reads base.value@1h',
      [
        { id: 'base', on: day },
        { id: 'up', on: ['1h'], side: [value('1d', 'base')] },
        { id: 'down', on: ['1d'], side: [value('1h', 'base')] },
      ],
    ],
  ])('%s', (_, id, problem, cases) => {
    const error = refusalOf(() => nodesOf(...cases))
    expect(error).toMatchObject({ code: 'CATALOG_DEPENDENCY', id, line: 7 })
    expect(error.message).toContain(problem)
  })

  test('what nothing computes, and a parameter that nothing knows', () => {
    const [row] = rowsOf([{ id: 'base', on: day }])
    if (row === undefined) throw new Error('no row')
    expect(refusalOf(() => indicatorNodes([row], []))).toMatchObject({ code: 'CATALOG_NOT_IMPLEMENTED', id: 'base' })
    const definitions = definitionsOf([{ id: 'base', on: day }])
    const refused = refusalOf(() => indicatorNodes([{ ...row, params: { window: 3 } }], definitions))
    expect(refused).toMatchObject({ code: 'CATALOG_PARAMETER', id: 'base' })
  })
})
