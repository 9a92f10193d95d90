import type { MissingPolicy } from '../../catalog/feature-missing.ts'
import type { FeatureRow } from '../../catalog/feature-row.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import { DIMENSIONLESS, type Dimension } from '../indicators/dimension.ts'
import { read } from '../indicators/ring.ts'
import type { StateSlots } from './state-slots.ts'

/** Where a policy keeps what it fills with. */
export type MissingMemory = {
  readonly slots: StateSlots
  readonly view: Timeframe
  readonly name: string
  /** Of the value. */
  readonly dimension: Dimension
}

/** What a feature publishes for what its transform gave, both NaN where there is nothing. */
export interface MissingStep {
  /** Notes that the transform has given a value: the warm-up of the feature is over. */
  warm(state: Float64Array): void
  /** The value after range and policy. Must be called once for every row of the view. */
  publish(state: Float64Array, value: number): number
  /** Whether a value is one that the range lets through. A number that float32 does not hold is none. */
  accepts(value: number): boolean
  /** How many rows of the view ago the value now published was measured: above 0 where an older one fills the gap. */
  age(state: Float64Array): number
}

/**
 * Builds the range check and missing policy of a feature. Warm = the transform has given its first value, in range or not;
 * before that nothing is filled. A value that the range rejects is missing.
 */
export function bindMissing(
  feature: Pick<FeatureRow, 'missing' | 'rangeAction' | 'min' | 'max'>,
  memory: MissingMemory,
): MissingStep {
  const { slots, view, name } = memory
  const warmed = slots.slots(view, `${name}.warm`, 1, DIMENSIONLESS)
  const rejects = feature.rangeAction === 'reject'
  const min = (rejects ? feature.min : null) ?? Number.NEGATIVE_INFINITY
  const max = (rejects ? feature.max : null) ?? Number.POSITIVE_INFINITY
  const accepts = (value: number): boolean => value >= min && value <= max && Number.isFinite(Math.fround(value))
  const { fill, age } = bindFill(feature.missing, memory)
  return {
    accepts,
    age,
    warm(state) {
      state[warmed] = 1
    },
    publish(state, value) {
      const kept = accepts(value) ? value : Number.NaN
      return read(state, warmed) === 1 ? fill(state, kept) : Number.NaN
    },
  }
}

type Filling = {
  readonly fill: (state: Float64Array, value: number) => number
  readonly age: (state: Float64Array) => number
}

const noAge = (): number => 0

function bindFill(missing: MissingPolicy, { slots, view, name, dimension }: MissingMemory): Filling {
  if (missing.kind === 'drop') return { fill: (_state, value) => value, age: noAge }
  if (missing.kind !== 'ffill') {
    const filling = missing.kind === 'zero' ? 0 : missing.value
    return { fill: (_state, value) => (Number.isNaN(value) ? filling : value), age: noAge }
  }
  const { maxBars } = missing
  const last = slots.slots(view, `${name}.last`, 1, dimension)
  const age = slots.slots(view, `${name}.age`, 1, DIMENSIONLESS)
  return {
    fill(state, value) {
      if (!Number.isNaN(value)) {
        state[last] = value
        state[age] = 0
        return value
      }
      const bars = read(state, age) + 1
      state[age] = bars
      return bars <= maxBars ? read(state, last) : Number.NaN
    },
    age: (state) => read(state, age),
  }
}
