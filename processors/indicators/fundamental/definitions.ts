import type { IndicatorDefinition } from '../definition.ts'
import {
  debtToEquity,
  dividendYield,
  earningsGrowth,
  earningsYield,
  priceToBook,
  priceToEarnings,
  revenueGrowth,
} from './figures.ts'

/** Valuation and growth from reported figures. */
export const fundamentalDefinitions: readonly IndicatorDefinition[] = [
  priceToEarnings,
  earningsYield,
  priceToBook,
  dividendYield,
  earningsGrowth,
  revenueGrowth,
  debtToEquity,
]
