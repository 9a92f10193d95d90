import { z } from 'zod'

const ms = z.number().int().describe('UTC epoch milliseconds')

const value = z.union([z.number(), z.boolean(), z.null(), z.array(z.number())])

const row = z.object({
  symbol: z.string(),
  ts: ms.describe('Close of the bar, UTC epoch milliseconds'),
  known_at: ms.describe('When the row was first known, UTC epoch milliseconds'),
  values: z
    .array(value)
    .describe('In the order of `features`: a float32, a code, a truth value, a vector, or null = not available'),
  imputed: z.array(z.string()).describe('Features that their missing policy filled'),
  states: z
    .record(z.string(), z.object({ code: z.number().int(), label: z.string().nullable() }))
    .describe('States that are not null'),
  quality: z.object({
    fill_rate: z.number().nullable().describe('Share of the enabled features of the view that are not null'),
    measured_rate: z.number().nullable().describe('Share of them that no missing policy filled either'),
    staleness_bars: z.number().int().nullable().describe('Greatest age of the value of one of them, in bars'),
  }),
  zones: z
    .array(
      z.object({
        id: z.number().int().describe('The same as long as the zone lives'),
        type: z
          .enum(['support', 'holds_close', 'resistance'])
          .describe('Below the close of the row, around it, or above it'),
        low: z.number().describe('Lower bound, price'),
        high: z.number().describe('Upper bound, price'),
        strength: z.number().describe('Touches, each fading with its age'),
        touches: z.number().int(),
        first_touch: ms.describe('Close of the bar that founded the zone'),
        last_touch: ms.describe('Close of the bar of the last touch'),
      }),
    )
    .optional()
    .describe("Support and resistance zones of the view's bars, oldest first; only where the request says `zones`"),
  source: z
    .object({ topic: z.string(), partition: z.number().int(), offset: z.number().int() })
    .describe('The Kafka record that the row is'),
})

const age = z.object({
  age_ms: z.number().int().describe('From the close of the bar until `as_of`, or until what is known'),
  age_bars: z.number().int().nullable().describe('Bars that closed in between; null where the calendar does not say'),
  is_final: z.boolean().describe('Whether no record can change the answer any more, a correction by a backfill aside'),
})

const head = {
  pack_id: z.string(),
  time_horizon: z.string(),
  view: z.string(),
  features: z.array(z.string()).describe('Ids in the order of packs and ordinals'),
  contracts: z.record(z.string(), z.string()).describe('Hash of the contract of each pack'),
}

/** What `/v1/features` answers. */
export const featuresResponse = z.object({
  ...head,
  as_of: ms.nullable().describe('As asked for; null = the newest rows'),
  symbols: z.array(
    z.discriminatedUnion('status', [
      z.object({ status: z.literal('ok'), row, age }),
      z.object({ status: z.literal('stale'), symbol: z.string(), ts: ms, known_at: ms, age }),
      z.object({ status: z.literal('no_row'), symbol: z.string(), is_final: z.boolean() }),
    ]),
  ),
})

/** What `/v1/history` answers. */
export const historyResponse = z.object({ ...head, from: ms, to: ms, rows: z.array(row) })

/** What every route answers that cannot do what it is asked. */
export const errorResponse = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    retriable: z.boolean(),
    facts: z.record(z.string(), z.unknown()),
  }),
})

/** What `/v1/packs` answers. */
export const packsResponse = z.object({
  pack_ids: z.array(z.string()),
  views: z.array(
    z.object({
      id: z.string(),
      time_horizon: z.string(),
      topic: z.string(),
      packs: z.array(
        z.object({
          id: z.string(),
          contract: z.string(),
          features: z.array(
            z.object({
              id: z.string(),
              ordinal: z.number().int(),
              name: z.string(),
              channel: z.string(),
              dtype: z.string(),
              unit: z.string(),
              source: z.string().describe('Column of the indicator it is made of'),
              computed_on: z.string().describe('Timeframe of the bars it is computed on'),
              codes: z.record(z.string(), z.string()).nullable(),
              enabled: z.boolean(),
            }),
          ),
        }),
      ),
    }),
  ),
})

/** What `/v1/freshness` answers. */
export const freshnessResponse = z.object({
  view: z.string(),
  lag: z.number().nullable().describe('Records of the topics not read yet; null before the first look'),
  failure: z.string().nullable().describe('Why the log could not be read the last time'),
  partitions: z.array(
    z.object({ partition: z.number().int(), known_until: ms.nullable(), final_until: ms.nullable() }),
  ),
  symbols: z.array(z.string()),
})

/** What `/v1/series` answers. */
export const seriesResponse = z.object({
  feature: z.string(),
  indicator: z.string(),
  time_horizon: z.string(),
  points: z.array(
    z.object({
      ts: ms,
      value: value,
      indicator: z.number().nullable(),
      close: z.number().nullable(),
    }),
  ),
})
