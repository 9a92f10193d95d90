import type { FeatureCells } from './feature-cells.ts'
import type { MissingPolicy } from './feature-missing.ts'
import type { FeatureTransform } from './feature-transform.ts'
import type { OutputUnit } from './indicator-row.ts'
import type { Timeframe } from './timeframe.ts'

/** The indicator output that a feature is made of. */
export type FeatureSource = {
  readonly indicatorId: string
  readonly output: string
  /** Version of the indicator. */
  readonly version: number
  readonly unit: OutputUnit
  /** How many numbers it has: 1 unless it is a vector. */
  readonly width: number
  /** Parameters of the indicator. */
  readonly params: Readonly<Record<string, unknown>>
  /** The timeframes that the indicator lists. */
  readonly timeframes: readonly Timeframe[]
}

/** How several values of a shorter timeframe become one: newest, true if any is, mean, or largest. */
export type Aggregate = FeatureCells['default_agg']

/** When a feature of one alert by drift; not part of any contract. */
export type DriftWatch = {
  readonly metric: FeatureCells['drift_metric']
  readonly bins: string
  readonly warn: string
  readonly alert: string
  readonly minN: number | undefined
}

/** One feature as the schema defines it; `NOTATION.md` has the rules behind the fields. */
export type FeatureRow = {
  readonly id: string
  readonly name: string
  readonly channel: FeatureCells['feature_channel']
  /** float32, float32[n], int8 or bool. */
  readonly dtype: string
  readonly source: FeatureSource
  readonly transform: FeatureTransform
  readonly unit: string
  /** Bounds of the values; null = unbounded. */
  readonly min: number | null
  readonly max: number | null
  /** What becomes of a value out of bounds: null (`reject`), or it is kept. */
  readonly rangeAction: FeatureCells['range_action']
  readonly stateSpace: FeatureCells['state_space']
  /** Label by integer code; null where values are not codes. */
  readonly codes: Readonly<Record<string, string>> | null
  readonly missing: MissingPolicy
  readonly warmupPolicy: FeatureCells['warmup_policy']
  readonly lagPolicy: FeatureCells['lag_policy']
  /** Used only where no view is named. */
  readonly defaultTimeframe: Timeframe
  readonly defaultAggregate: Aggregate
  readonly maxStalenessBars: number
  /** Counted in the fill rate, and in a recipe that names packs only. */
  readonly enabled: boolean
  /** The pack version that the row came with, and its place in it. */
  readonly pack: string
  readonly ordinal: number
  readonly scope: FeatureCells['scope']
  readonly sourceLevel: FeatureCells['source_level']
  readonly scaleClass: FeatureCells['scale_class']
  readonly notes: string
  readonly fillRateMin: number
  readonly drift: DriftWatch
  readonly aliases: readonly string[]
  readonly sinceVersion: string
  /** Hex sha256 of how the value is computed, down through the indicators it is made of. */
  readonly formulaHash: string
  readonly file: string
  /** 1-based line of the row in `file`. */
  readonly line: number
}
