import type { TapeFundamental } from '../ingest/tape-record.ts'
import type { FieldSlots } from './field-slots.ts'
import { actsFrom, type Dated, insert } from './timeline.ts'

/** The reported items that are kept. */
const ITEMS = [
  'eps_ttm',
  'eps_ttm_prev_year',
  'book_value_per_share',
  'dividends_per_share_annualized',
  'revenue_ttm',
  'revenue_ttm_prev_year',
  'total_debt',
  'total_equity',
] as const

type Item = (typeof ITEMS)[number]

const PER_SHARE: readonly Item[] = [
  'eps_ttm',
  'eps_ttm_prev_year',
  'book_value_per_share',
  'dividends_per_share_annualized',
]

/** Items that have a figure of the year before, and what that is called when a source states it. */
const PREVIOUS_YEAR = { eps_ttm: 'eps_ttm_prev_year', revenue_ttm: 'revenue_ttm_prev_year' } as const

/** Items that are the newest report as it is, and their fields. */
const NEWEST = (
  [
    'eps_ttm',
    'book_value_per_share',
    'dividends_per_share_annualized',
    'revenue_ttm',
    'total_debt',
    'total_equity',
  ] as const
).map((item) => ({ item, field: `fundamental.${item}` }) as const)

const DAY_MS = 86_400_000

/** A figure is not to be used for longer than this after it was reported (catalog parameter `max_age_days`). */
const MAX_AGE_MS = 400 * DAY_MS

/** How far before the newest reported period others are kept: the year before, and a late report of the newest. */
const KEPT_PERIODS_MS = 800 * DAY_MS

/** A year between two period ends, give or take half a month. */
const SHORTEST_YEAR_MS = 350 * DAY_MS
const LONGEST_YEAR_MS = 380 * DAY_MS

/** One report of an item for a period; a null value withdraws what was reported. `ts` says which units it is in. */
type Figure = Dated & { readonly ts: number; readonly periodEnd: number; value: number | null }

/** What was reported of one symbol, by item in order of `from`. */
export type ReportedFigures = Partial<Record<Item, Figure[]>>

/** Notes a report; false when the item is none that is kept. `splitFactor` = new shares per old since the units it is in. */
export function noteFigure(
  figures: ReportedFigures,
  record: TapeFundamental,
  splitFactor: number,
  horizonMs: number,
): boolean {
  const item = ITEMS.find((known) => known === record.item)
  if (item === undefined) return false
  const { ts, period_end: periodEnd } = record
  const value = record.value === null || !PER_SHARE.includes(item) ? record.value : record.value / splitFactor
  const reports = figures[item] ?? []
  insert(reports, { from: actsFrom(record), ts, periodEnd, value })
  figures[item] = withoutForgotten(reports, horizonMs)
  return true
}

/** Brings the per-share figures stated before `splitMs` into the units after a split. */
export function rescaleFigures(figures: ReportedFigures, splitMs: number, factor: number): void {
  for (const item of PER_SHARE) {
    for (const report of figures[item] ?? []) {
      if (report.ts < splitMs && report.value !== null) report.value /= factor
    }
  }
}

/**
 * Writes the figures known at `ts`: of the newest reported period the newest report, so that a restatement of an older period
 * does not displace it. Nothing where that report withdrew the figure or is older than 400 days.
 */
export function fillFigures(figures: ReportedFigures, ts: number, slots: FieldSlots, into: Float64Array): void {
  for (const { item, field } of NEWEST) {
    const slot = slots[field]
    if (slot !== undefined) into[slot] = newestReport(figures[item], ts)?.value ?? Number.NaN
  }
  const { 'fundamental.eps_ttm_prev_year': earnings, 'fundamental.revenue_ttm_prev_year': revenue } = slots
  if (earnings !== undefined) into[earnings] = yearBefore(figures, 'eps_ttm', ts)
  if (revenue !== undefined) into[revenue] = yearBefore(figures, 'revenue_ttm', ts)
}

function newestReport(reports: readonly Figure[] | undefined, ts: number): Figure | undefined {
  let newest: Figure | undefined
  for (const report of reports ?? []) {
    if (report.from <= ts && report.periodEnd >= (newest?.periodEnd ?? Number.NEGATIVE_INFINITY)) newest = report
  }
  return newest !== undefined && ts - newest.from <= MAX_AGE_MS ? newest : undefined
}

/**
 * The figure of the year before the newest one, as known at `ts`: what the source states as such for that period (or files under
 * the earlier period), else its own report for the period that ended 350 to 380 days earlier.
 */
function yearBefore(figures: ReportedFigures, item: keyof typeof PREVIOUS_YEAR, ts: number): number {
  const current = newestReport(figures[item], ts)
  if (current === undefined) return Number.NaN
  const stated = figures[PREVIOUS_YEAR[item]]
  const found =
    reportBetween(stated, ts, current.periodEnd, current.periodEnd) ??
    reportBetween(stated, ts, current.periodEnd - LONGEST_YEAR_MS, current.periodEnd - SHORTEST_YEAR_MS) ??
    reportBetween(figures[item], ts, current.periodEnd - LONGEST_YEAR_MS, current.periodEnd - SHORTEST_YEAR_MS)
  return found?.value ?? Number.NaN
}

/** The newest report known at `ts` for the latest period that ended in a span, both ends included. */
function reportBetween(
  reports: readonly Figure[] | undefined,
  ts: number,
  firstMs: number,
  lastMs: number,
): Figure | undefined {
  let found: Figure | undefined
  for (const report of reports ?? []) {
    if (report.from > ts || report.periodEnd < firstMs || report.periodEnd > lastMs) continue
    if (found === undefined || report.periodEnd >= found.periodEnd) found = report
  }
  return found
}

/** Without what was replaced before the horizon, and without periods too old to be the year before the newest. */
function withoutForgotten(reports: readonly Figure[], horizonMs: number): Figure[] {
  const settled = reports.filter(({ from }) => from <= horizonMs)
  const newestPeriod = settled.reduce((newest, { periodEnd }) => Math.max(newest, periodEnd), Number.NEGATIVE_INFINITY)
  const replaced = (report: Figure) => settled.findLast(({ periodEnd }) => periodEnd === report.periodEnd) !== report
  return reports.filter(
    (report) => report.from > horizonMs || (report.periodEnd >= newestPeriod - KEPT_PERIODS_MS && !replaced(report)),
  )
}
