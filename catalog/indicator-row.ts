import type { Timeframe } from './timeframe.ts'

/** Machine types of an output that is one number. */
export const SCALAR_DTYPES = ['float64', 'int32', 'bool'] as const

/** Units that an output may have. */
export const OUTPUT_UNITS = [
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
  'vec6',
  'vec8',
  'vec15',
  'vec16',
] as const

/** Machine type of an output; inside the engine all of them are float64. `float32[n]` is a vector of n numbers. */
export type OutputDtype = (typeof SCALAR_DTYPES)[number] | `float32[${number}]`

/** Unit of an output. `price`, `shares` and `usd` carry a dimension; the others survive a split unchanged. */
export type OutputUnit = (typeof OUTPUT_UNITS)[number]

/** How many numbers an output of this type has: 1 for a scalar. */
export function outputWidth(dtype: OutputDtype): number {
  const width = /^float32\[(\d+)\]$/.exec(dtype)?.[1]
  return width === undefined ? 1 : Number(width)
}

/** One value that an indicator gives per bar. `min` and `max` are hard bounds; null = unbounded. */
export type IndicatorOutput = {
  readonly name: string
  readonly dtype: OutputDtype
  readonly unit: OutputUnit
  readonly min: number | null
  readonly max: number | null
}

/** Whose value a row is: a symbol's, that of a symbol among its peers, one for the whole market, or one for the portfolio. */
export type IndicatorScope = 'symbol' | 'universe' | 'market' | 'portfolio'

/** One indicator as the catalog defines it. `NOTATION.md` explains the rules behind the fields. */
export type IndicatorRow = {
  readonly id: string
  readonly name: string
  readonly family: string
  readonly level: 'L1' | 'L2' | 'L3'
  readonly scope: IndicatorScope
  /** What sort of row it is: `value` for all of L1; `state`, `event`, `episode` and so on above it. */
  readonly kind: string
  /** Ids that the row declares to be computed from; empty for L1, whose dependencies the code knows. */
  readonly dependencies: readonly string[]
  /** Labels by code of each output that is a state. */
  readonly stateSpaces: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** When the row is evaluated and what it may read of other series. */
  readonly alignment: string
  readonly notes: string
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
