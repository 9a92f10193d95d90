import type { FeatureRow } from '../../catalog/feature-row.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import { DIMENSIONLESS, type Dimension } from '../indicators/dimension.ts'
import type { StateSlots } from './state-slots.ts'

/** Where a policy keeps what it fills with. */
export type MissingMemory = {
  readonly slots: StateSlots
  readonly view: Timeframe
  readonly name: string
  /** Of the value. */
  readonly dimension: Dimension
}

/** The range check and missing policy of one number of a feature, and the slots that it needs. */
export type MissingPlan = {
  /** 1 once the transform has given a value, in range or not: the warm-up is over. Before that nothing is filled. */
  readonly warm: number
  /** The newest value, and how many rows of the view ago it was measured; undefined: no older value ever fills a gap. */
  readonly last: number | undefined
  readonly age: number | undefined
  readonly maxBars: number
  /** What fills a gap; NaN = nothing, or the newest value. */
  readonly filling: number
  readonly min: number
  readonly max: number
}

/** Plans the range check and missing policy of a feature. A value that the range rejects is missing. */
export function planMissing(
  feature: Pick<FeatureRow, 'missing' | 'rangeAction' | 'min' | 'max'>,
  { slots, view, name, dimension }: MissingMemory,
): MissingPlan {
  const { missing, rangeAction } = feature
  const rejects = rangeAction === 'reject'
  const isFilledForward = missing.kind === 'ffill'
  return {
    warm: slots.slots(view, `${name}.warm`, 1, DIMENSIONLESS),
    last: isFilledForward ? slots.slots(view, `${name}.last`, 1, dimension) : undefined,
    age: isFilledForward ? slots.slots(view, `${name}.age`, 1, DIMENSIONLESS) : undefined,
    maxBars: isFilledForward ? missing.maxBars : 0,
    filling: missing.kind === 'zero' ? 0 : missing.kind === 'sentinel' ? missing.value : Number.NaN,
    min: (rejects ? feature.min : null) ?? Number.NEGATIVE_INFINITY,
    max: (rejects ? feature.max : null) ?? Number.POSITIVE_INFINITY,
  }
}

/** No slot: a policy without memory. */
const NONE = -1

/**
 * The policies of all numbers of a view, by slot. Kept as columns of numbers: a view has hundreds of features, and a call of a
 * function of its own for each would be most of what a row costs.
 */
export class MissingPolicies {
  readonly #warm: Int32Array
  readonly #last: Int32Array
  readonly #age: Int32Array
  readonly #maxBars: Int32Array
  readonly #filling: Float64Array
  readonly #min: Float64Array
  readonly #max: Float64Array

  constructor(plans: readonly MissingPlan[]) {
    this.#warm = Int32Array.from(plans, ({ warm }) => warm)
    this.#last = Int32Array.from(plans, ({ last = NONE }) => last)
    this.#age = Int32Array.from(plans, ({ age = NONE }) => age)
    this.#maxBars = Int32Array.from(plans, ({ maxBars }) => maxBars)
    this.#filling = Float64Array.from(plans, ({ filling }) => filling)
    this.#min = Float64Array.from(plans, ({ min }) => min)
    this.#max = Float64Array.from(plans, ({ max }) => max)
  }

  /** Notes that the transform of a number has given a value on a row that is not the view's. */
  noteWarm(state: Float64Array, slot: number): void {
    state[this.#warm[slot] as number] = 1
  }

  /**
   * Turns what the transforms gave into what is published, both by slot and NaN where there is nothing; `imputed` is 1 where a
   * policy filled. `ages`: how many rows of the view ago a value published was measured, 0 for one that a constant fills.
   * Once for every row of the view. A number that float32 does not hold is none.
   */
  publish(state: Float64Array, raw: Float64Array, values: Float64Array, imputed: Uint8Array, ages: Float64Array): void {
    const [warm, last, age, maxBars] = [this.#warm, this.#last, this.#age, this.#maxBars]
    const [filling, min, max] = [this.#filling, this.#min, this.#max]
    for (let slot = 0; slot < raw.length; slot += 1) {
      const value = raw[slot] as number
      const warmAt = warm[slot] as number
      const lastAt = last[slot] as number
      imputed[slot] = 0
      ages[slot] = 0
      if (!Number.isNaN(value)) state[warmAt] = 1
      if (value >= (min[slot] as number) && value <= (max[slot] as number) && Number.isFinite(Math.fround(value))) {
        values[slot] = value
        if (lastAt === NONE) continue
        state[lastAt] = value
        state[age[slot] as number] = 0
        continue
      }
      values[slot] = Number.NaN
      if (state[warmAt] !== 1) continue
      let kept = filling[slot] as number
      if (lastAt !== NONE) {
        const bars = (state[age[slot] as number] as number) + 1
        state[age[slot] as number] = bars
        if (bars > (maxBars[slot] as number)) continue
        kept = state[lastAt] as number
        ages[slot] = bars
      }
      if (Number.isNaN(kept)) continue
      values[slot] = kept
      imputed[slot] = 1
    }
  }
}
