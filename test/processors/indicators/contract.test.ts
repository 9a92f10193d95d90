import { describe } from '@jest/globals'
import { loadIndicatorCatalog } from '../../../catalog/indicators.ts'
import { registerIndicatorContract } from './indicator-contract.ts'

const catalog = loadIndicatorCatalog()

describe('every indicator of the catalog keeps the contract', () => {
  for (const row of catalog) registerIndicatorContract(row, catalog)
})
