import { z } from 'zod'
import { OUTPUT_UNITS, SCALAR_DTYPES } from './indicator-row.ts'
import { TIMEFRAMES, type Timeframe } from './timeframe.ts'

const text = z.string().min(1, 'must not be empty')
const optionalText = z.string()
const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, 'must be lower case words joined by single underscores')
const count = z
  .string()
  .regex(/^\d+$/, 'must be a whole number')
  .transform((digits) => Number(digits))
const names = (items: string) => items.split(',').map((item) => item.trim())
const list = text.transform(names)
/** A list that may be empty. */
const optionalList = optionalText.transform((items) => (items === '' ? [] : names(items)))

function json<T>(shape: z.ZodType<T>) {
  return z
    .string()
    .transform((cell, context): unknown => {
      try {
        return JSON.parse(cell)
      } catch {
        context.addIssue({ code: 'custom', message: 'must be JSON' })
        return z.NEVER
      }
    })
    .pipe(shape)
}

const params = z.record(z.string(), z.json())

const output = z
  .strictObject({
    name: identifier,
    dtype: z.union([z.enum(SCALAR_DTYPES), z.templateLiteral(['float32[', z.int().min(2), ']'])]),
    unit: z.enum(OUTPUT_UNITS),
    min: z.number().nullable(),
    max: z.number().nullable(),
  })
  .refine(({ min, max }) => min === null || max === null || min <= max, 'min must not be above max')

const outputs = z
  .array(output)
  .min(1, 'must name at least one output')
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'must not name an output twice')

const timeframes = z
  .union([z.tuple([z.literal('all')]), z.array(z.enum(TIMEFRAMES)).min(1)])
  .transform((cells): readonly Timeframe[] => (cells[0] === 'all' ? TIMEFRAMES : (cells as readonly Timeframe[])))

const warmup = z
  .string()
  .regex(/^([1-9]\d*|data:.+)$/, 'must be a positive whole number or data:<text>')
  .transform((cell) => (cell.startsWith('data:') ? undefined : Number(cell)))

const settle = z
  .string()
  .regex(/^(\d+|n\/a)$/, 'must be a whole number or n/a')
  .transform((cell) => (cell === 'n/a' ? undefined : Number(cell)))

/** The columns of `indicators_catalog_L1.csv`, in file order, with what each cell may hold. */
export const indicatorCells = z.strictObject({
  indicator_id: identifier,
  name: text,
  family_role_primary: text,
  family_role_secondary: optionalText,
  universe_tier: count,
  digitization_level: text,
  inputs: list,
  required_fields: list,
  default_params: json(params),
  default_timeframes: json(timeframes),
  output_type_primary: z.enum(['scalar', 'oscillator', 'flag']),
  formula_pseudocode: text,
  ml_role_primary: text,
  ml_role_secondary: optionalText,
  feature_outputs_default: json(z.strictObject({ value: z.boolean(), state: z.boolean(), events: z.boolean() })),
  notes_phase3: optionalText,
  indicator_version: count,
  outputs: json(outputs),
  seeding_rule: text,
  warmup_bars: warmup,
  memory_class: z.enum(['finite', 'recursive', 'cumulative']),
  settle_bars: settle,
  null_policy: text,
  degenerate_rule: text,
  state_store: text,
  oracle: text,
  oracle_tolerance: text,
  reference: optionalText,
})

const stateSpaces = z.record(identifier, z.record(z.string(), text))

/** The columns of `indicators_catalog_L2L3.csv`, in file order, with what each cell may hold. */
export const compositeCells = z.strictObject({
  indicator_id: identifier,
  name: text,
  family_role_primary: text,
  family_role_secondary: optionalText,
  level: z.enum(['L2', 'L3']),
  universe_tier: count,
  digitization_level: text,
  construction_type: text,
  dependencies_L1: optionalList,
  dependencies_external: optionalList,
  inputs: list,
  output_type_primary: z.enum(['category', 'scalar', 'episode', 'flag', 'vector']),
  output_components: json(z.record(identifier, text)),
  default_timeframes: json(timeframes),
  pattern_window: json(params),
  state_space_def: json(stateSpaces),
  ml_role_primary: text,
  ml_role_secondary: optionalText,
  backtest_hooks: json(params),
  feature_outputs_default: json(z.strictObject({ value: z.boolean(), state: z.boolean(), events: z.boolean() })),
  notes_phase4: optionalText,
  indicator_version: count,
  scope: z.enum(['symbol', 'universe', 'market', 'portfolio']),
  kind: z.enum(['state', 'zone', 'event', 'cross', 'market', 'episode', 'gate', 'vector']),
  dependencies_L2L3: optionalList,
  outputs: json(outputs),
  formula: text,
  hysteresis: text,
  alignment_rule: text,
  warmup_bars: warmup,
  memory_class: z.enum(['finite', 'recursive', 'cumulative']),
  null_policy: text,
  degenerate_rule: text,
  state_store: text,
  artifact: text,
  gate: optionalText,
  reference: optionalText,
})
