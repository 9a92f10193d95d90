import { z } from 'zod'
import { transformationsShape } from '../../../catalog/recipe-shape.ts'

const said = (what: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? `is missing; it ${what}` : what),
})

const timeForm = 'must be UTC epoch milliseconds, or a time as 2026-11-27T21:00:00Z (a date alone is its start in UTC)'

const time = z
  .union([z.number().int(), z.string()], said(timeForm))
  .transform((value, context) => {
    // A year or a date without its hyphens would be taken for a moment of 1970.
    const isNumber = typeof value === 'number' || (/^-?\d+$/.test(value) && !/^\d{4}(\d{2}){0,2}$/.test(value))
    const ms = isNumber ? Number(value) : parseText(value)
    if (Number.isSafeInteger(ms)) return ms
    context.addIssue({ code: 'custom', message: timeForm })
    return z.NEVER
  })
  .describe('UTC epoch milliseconds, or a time as `2026-11-27T21:00:00Z`; a date alone is its start in UTC')

/** Only forms that mean the same everywhere: a time without zone would be read in that of the machine. */
function parseText(text: string): number {
  const isInstant = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  return isInstant ? Date.parse(text) : Number.NaN
}

const name = z.string().min(1, 'must not be empty')

const names = (what: string) =>
  z
    .union(
      [z.array(name), z.string().transform((text) => text.split(',').map((name) => name.trim()))],
      said('must be a list of names, in a query separated by commas'),
    )
    .pipe(z.array(name).min(1))
    .describe(`${what}; in a query separated by commas`)

const count = (what: string) => z.coerce.number().nonnegative().optional().describe(what)

const zones = z
  .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], said('must be true or false'))
  .default(false)
  .describe("Whether rows come with the support and resistance zones of the view's bars")

const format = z
  .enum(['json', 'arrow'])
  .optional()
  .describe('Of the answer; else the header `Accept` decides, and JSON is the default')

const pack = {
  pack_id: z
    .string()
    .default('core_v1')
    .describe('Id of a pack version, or `core_v1` = the four packs without vectors'),
  time_horizon: z.string().default('1h').describe('Timeframe of the rows: 1m, 5m, 15m, 1h, 1d or 1w'),
}

/** What `/v1/features` takes. */
export const featuresRequest = z.strictObject({
  symbols: names('Symbols'),
  as_of: time.optional().describe('The rows known then; without it the newest ones'),
  ...pack,
  max_age_ms: count('A row that closed longer ago is given as `stale`, without values'),
  max_age_bars: count('The same in bars of the timeframe that closed since'),
  zones,
  format,
})

/** What `/v1/history` takes. */
export const historyRequest = z.strictObject({
  symbols: names('Symbols'),
  from: time.describe('First close, included'),
  to: time.describe('End of the span, excluded'),
  ...pack,
  features: names('Features of the pack; all by default').optional(),
  zones,
  format,
})

const trainingSet = {
  ...pack,
  horizon_bars: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(1)
    .describe('Bars from the open of entry to the close of exit'),
  features: names('Features of the pack; all by default').optional(),
  transformations: transformationsShape.describe(
    'Inputs derived of features of the pack over the rows before, as in a recipe: a float32 column each',
  ),
}

/** What `/v1/training-set` takes where the open of every bar of a span is a decision. */
export const spanRequest = z.strictObject({
  symbols: names('Symbols'),
  from: time.describe('First moment of decision, included'),
  to: time.describe('End of the span of decisions, excluded'),
  ...trainingSet,
})

/** What it takes where the decisions are given. */
export const pointsRequest = z.strictObject({
  points: z
    .array(z.strictObject({ symbol: z.string().min(1), as_of: time }))
    .min(1)
    .describe('Moments of decision; at most 4,000'),
  ...trainingSet,
})

/** What `/v1/training-set` takes: a span, or the decisions themselves. */
export const trainingSetRequest = z.union([spanRequest, pointsRequest])

/** What `/v1/series` takes. */
export const seriesRequest = z.strictObject({
  symbol: z.string().min(1),
  feature: z.string().min(1),
  from: time,
  to: time,
  ...pack,
})

/** What `/v1/freshness` takes. */
export const freshnessRequest = z.strictObject(pack)
