import { z } from 'zod'
import { MISSING_KINDS } from './feature-missing.ts'
import { TRANSFORM_KINDS } from './feature-transform.ts'
import { TIMEFRAMES } from './timeframe.ts'

const text = z.string().min(1, 'must not be empty')
const optionalText = z.string()
const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, 'must be lower case words joined by single underscores')
const count = z.string().regex(/^\d+$/, 'must be a whole number').transform(Number)
const bound = z
  .string()
  .regex(/^(-?\d+(\.\d+)?(e-?\d+)?)?$/, 'must be a number or empty')
  .transform((cell) => (cell === '' ? null : Number(cell)))
const share = z
  .string()
  .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be between 0 and 1')
  .transform(Number)

const parseJson = (cell: string, context: z.RefinementCtx): unknown => {
  try {
    return JSON.parse(cell)
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' })
    return z.NEVER
  }
}

const json = <T>(shape: z.ZodType<T>) => z.string().transform(parseJson).pipe(shape)
const limit = z.number().nullable()
const label = z.union([z.string().min(1), z.number()])

const stateSpace = z.union(
  [
    z.strictObject({ interval: z.tuple([limit, limit]) }),
    z.strictObject({ values: z.array(label).min(1) }),
    z.strictObject({ shape: z.tuple([z.int().min(1)]) }),
  ],
  'must be {"interval":[min,max]}, {"values":[...]} or {"shape":[n]}',
)

const codes = z.record(z.string().regex(/^-?\d+$/, 'must be integer codes'), z.string().min(1))

/** The columns of the feature schema, in file order, with what each cell may hold by itself. */
export const featureCells = z.strictObject({
  indicator_id: identifier,
  feature_id: identifier,
  feature_name: text,
  feature_channel: z.enum(['value', 'state', 'event', 'episode', 'vector']),
  feature_dtype: z.string().regex(/^(float32(\[[1-9]\d*\])?|int8|bool)$/, 'must be float32, float32[n], int8 or bool'),
  source_output: identifier,
  state_space: json(stateSpace),
  default_timeframe: z.enum(TIMEFRAMES),
  default_agg: z.enum(['last', 'any', 'mean', 'max']),
  missing_policy: z.enum(MISSING_KINDS),
  enabled_default: z.enum(['True', 'False']).transform((cell) => cell === 'True'),
  notes_phase5: optionalText,
  pack: z.string().regex(/^[a-z][a-z0-9_]*_v[1-9]\d*$/, 'must be a name that ends in _v and a number'),
  ordinal: count,
  scope: z.enum(['symbol', 'market', 'universe', 'portfolio']),
  source_level: z.enum(['L1', 'L2', 'L3']),
  unit: text,
  range_min: bound,
  range_max: bound,
  enum_codes: z.union([z.literal('').transform(() => null), json(codes)]),
  transform: z.enum(TRANSFORM_KINDS),
  transform_params: json(z.unknown()),
  missing_param: json(z.unknown()),
  warmup_policy: z.literal('null'),
  lag_policy: z.enum(['bar_close', 'htf_closed', 'barrier', 'known_at']),
  max_staleness_bars: count,
  scale_class: z.enum(['price', 'shares', 'cumulative', 'unit_free']),
  range_action: z.enum(['reject', 'flag', 'none']),
  fill_rate_min: share,
  drift_metric: z.enum(['psi', 'js', 'rate', 'norm_psi', 'none']),
  drift_bins: optionalText,
  drift_warn: optionalText,
  drift_alert: optionalText,
  drift_min_n: z.string().regex(/^\d*$/, 'must be a whole number or empty'),
  aliases: z
    .string()
    .transform((cell) => (cell === '' ? [] : cell.split(';')))
    .pipe(z.array(identifier)),
  since_version: z.string().regex(/^v[1-9]\d*$/, 'must be v and a number'),
})

/** The cells of one row, parsed. */
export type FeatureCells = z.output<typeof featureCells>
