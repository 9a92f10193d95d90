import { z } from 'zod'
import { TIMEFRAMES, type Timeframe } from './timeframe.ts'

const OUTPUT_DTYPES = ['float64', 'int32', 'bool'] as const

const OUTPUT_UNITS = [
  'price',
  'shares',
  'usd',
  'ratio',
  'pct',
  'logret',
  'vol',
  'z',
  'atr',
  'bp',
  'index',
  'per_musd',
  'flag',
  'code',
  'count',
  'bars',
] as const

/** Machine type of an output; inside the engine all of them are float64. */
export type OutputDtype = (typeof OUTPUT_DTYPES)[number]

/** Unit of an output. `price`, `shares` and `usd` carry a dimension; the others survive a split unchanged. */
export type OutputUnit = (typeof OUTPUT_UNITS)[number]

const text = z.string().min(1, 'must not be empty')
const optionalText = z.string()
const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, 'must be lower case words joined by single underscores')
const count = z
  .string()
  .regex(/^\d+$/, 'must be a whole number')
  .transform((digits) => Number(digits))
const list = text.transform((items) => items.split(',').map((item) => item.trim()))

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

const output = z
  .strictObject({
    name: identifier,
    dtype: z.enum(OUTPUT_DTYPES),
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
  default_params: json(z.record(z.string(), z.json())),
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

/** One value that an indicator gives per bar. `min` and `max` are hard bounds; null = unbounded. */
export type IndicatorOutput = {
  readonly name: string
  readonly dtype: OutputDtype
  readonly unit: OutputUnit
  readonly min: number | null
  readonly max: number | null
}

/** One indicator as the catalog defines it. `NOTATION.md` explains the rules behind the fields. */
export type IndicatorRow = {
  readonly id: string
  readonly name: string
  readonly family: string
  readonly version: number
  readonly inputs: readonly string[]
  readonly requiredFields: readonly string[]
  readonly params: Readonly<Record<string, unknown>>
  readonly defaultTimeframes: readonly Timeframe[]
  readonly outputs: readonly IndicatorOutput[]
  readonly formula: string
  readonly seedingRule: string
  readonly degenerateRule: string
  readonly nullPolicy: string
  /** k: the first value is at 0-based bar k-1. Undefined: it depends on the data, and the null policy alone decides. */
  readonly warmupBars: number | undefined
  /** finite: window only; recursive: infinite memory; cumulative: the level depends on the first bar ever seen. */
  readonly memoryClass: 'finite' | 'recursive' | 'cumulative'
  /** Bars after warm-up until two start bars agree to 1e-6 relative. Undefined for a cumulative row: never. */
  readonly settleBars: number | undefined
  readonly oracle: string
  readonly reference: string
  readonly file: string
  /** 1-based line of the row in `file`. */
  readonly line: number
}
