import { describe, expect, it, jest } from '@jest/globals'
import { batch, circumstancesOf, HARD_MARKETS } from './contract-runs.ts'
import { registerIndicatorContract } from './indicator-contract.ts'
import { NULL_RULES, namesColumn } from './null-rules.ts'
import { engineRows, wholeEngine } from './whole-catalog.ts'

// The first row that asks for a run pays for all.
jest.setTimeout(120_000)

describe('every indicator of the catalog keeps the contract', () => {
  for (const row of engineRows) registerIndicatorContract(row)
})

describe('the list of what may be missing', () => {
  it('has no entry for what is never missing', () => {
    const warmups = new Map(engineRows.map(({ id, warmupBars = 1 }) => [id, warmupBars]))
    const missing = new Set<string>()
    for (const market of Object.values(HARD_MARKETS)) {
      const circumstances = [...circumstancesOf(market)]
      batch(market).forEach((values, bar) => {
        wholeEngine.columns.forEach(({ indicatorId, name }, column) => {
          if (bar < (warmups.get(indicatorId) ?? 1) - 1 || !Number.isNaN(values[column])) return
          for (const circumstance of circumstances) missing.add(`${circumstance} ${name}`)
        })
      })
    }
    const needless = NULL_RULES.flatMap(({ columns, under }) =>
      columns.flatMap((named) =>
        under.flatMap((circumstance) => {
          const occurs = wholeEngine.columns.some(
            ({ name }) => namesColumn(named, name) && missing.has(`${circumstance} ${name}`),
          )
          return occurs ? [] : [`${named} under ${circumstance}`]
        }),
      ),
    )
    expect(needless).toEqual([])
  })
})
