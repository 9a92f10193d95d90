import { z } from 'zod'
import { defineIndicator } from '../definition.ts'
import type { SideField } from '../side-fields.ts'

/** A figure that is older than this is withheld by who fills the side fields; the catalog may name no other age. */
const maxAge = z.strictObject({ max_age_days: z.literal(400) })

/** A price is no multiple of a figure this small (NOTATION.md, zero tests). */
const SMALLEST = 1e-14

/** A value computed from the close and one or two reported figures, NaN where it has none. */
type Formula = (close: number, figure: number, other: number) => number

function ofFigures(id: string, fields: readonly [SideField, SideField?], formula: Formula) {
  const [first, second] = fields
  return defineIndicator({
    ids: [id],
    params: maxAge,
    plan: () => ({
      outputs: ['value'],
      warmupBars: 1,
      side: second === undefined ? [first] : [first, second],
      bind(slice) {
        const figure = slice.side(first)
        const other = slice.side(second ?? first)
        const value = slice.column('value')
        return {
          step(_state, { side, close }, out) {
            out[value] = formula(close, side[figure] ?? Number.NaN, side[other] ?? Number.NaN)
          },
        }
      },
    }),
  })
}

/** Price over earnings per share of four quarters. Unit: ratio. None without earnings: see {@link earningsYield}. */
export const priceToEarnings = ofFigures('pe_ttm', ['fundamental.eps_ttm'], (close, earnings) =>
  earnings > SMALLEST ? close / earnings : Number.NaN,
)

/** Earnings per share of four quarters over the price; continuous through zero. Unit: ratio. */
export const earningsYield = ofFigures(
  'earnings_yield_ttm',
  ['fundamental.eps_ttm'],
  (close, earnings) => earnings / close,
)

/** Price over book value per share. Unit: ratio. None for a book value of 0 or less. */
export const priceToBook = ofFigures('pb', ['fundamental.book_value_per_share'], (close, book) =>
  book > SMALLEST ? close / book : Number.NaN,
)

/**
 * Annualised dividends per share over the price. Unit: ratio, 0..1; a yield outside of that comes from a figure in other units or
 * currency than the price and is none.
 */
export const dividendYield = ofFigures(
  'div_yield',
  ['fundamental.dividends_per_share_annualized'],
  (close, dividends) => {
    const dividendsOverPrice = dividends / close
    return dividendsOverPrice >= 0 && dividendsOverPrice <= 1 ? dividendsOverPrice : Number.NaN
  },
)

/** Growth of earnings per share on the year before, against its size. Unit: ratio, within -5..5. None when that was 0. */
export const earningsGrowth = ofFigures(
  'eps_growth_yoy',
  ['fundamental.eps_ttm', 'fundamental.eps_ttm_prev_year'],
  (_close, earnings, before) =>
    Math.abs(before) > SMALLEST ? clip((earnings - before) / Math.abs(before), -5, 5) : Number.NaN,
)

/** Growth of revenue on the year before. Unit: ratio, within -1..5. None when that was 0 or less. */
export const revenueGrowth = ofFigures(
  'rev_growth_yoy',
  ['fundamental.revenue_ttm', 'fundamental.revenue_ttm_prev_year'],
  (_close, revenue, before) => (before > SMALLEST ? clip(revenue / before - 1, -1, 5) : Number.NaN),
)

/** Debt over equity. Unit: ratio, within 0..20. None for an equity of 0 or less. */
export const debtToEquity = ofFigures(
  'debt_to_equity',
  ['fundamental.total_debt', 'fundamental.total_equity'],
  (_close, debt, equity) => (equity > SMALLEST ? clip(debt / equity, 0, 20) : Number.NaN),
)

function clip(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
