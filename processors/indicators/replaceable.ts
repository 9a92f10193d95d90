import type { BarInput } from './bar.ts'
import type { IndicatorEngine } from './engine.ts'

/** The state of one symbol and timeframe whose newest bar may still change. */
export interface ReplaceableState {
  /** The state after the newest bar; valid until the next call. */
  readonly state: Float64Array
  /** The row of the newest bar, in the engine's columns; refilled by each call. NaN throughout before the first bar. */
  readonly values: Float64Array
  /** Folds a bar that follows the newest one. Throws RangeError, with nothing changed, as the engine's `step` does. */
  push(bar: BarInput): void
  /**
   * Puts `bar` in the place of the newest one: state and values are, bit for bit, what they would be if only `bar` had come.
   * Throws RangeError, with nothing changed, as `push` does, and before the first bar.
   */
  replace(bar: BarInput): void
  /** Brings all of it into the units after a split (new shares per old); the newest bar then stands in the new units too. */
  rescale(splitFactor: number): void
}

/**
 * Wraps an engine for callers who show an unfinished bar, such as a chart: `push` its first version, `replace` it as it changes.
 * The chain itself folds closed bars only. It takes three times the memory of a state (the newest, the one before the newest bar,
 * and one to work in), and each call copies one state beside its step; nothing is allocated.
 */
export function createReplaceable(engine: IndicatorEngine): ReplaceableState {
  const values = new Float64Array(engine.columns.length).fill(Number.NaN)
  let before = engine.createState()
  let state = engine.createState()
  let spare = engine.createState()
  let hasBar = false

  return {
    get state() {
      return state
    },
    values,
    push(bar) {
      spare.set(state)
      engine.step(spare, bar, values)
      const unused = before
      before = state
      state = spare
      spare = unused
      hasBar = true
    },
    replace(bar) {
      if (!hasBar) throw new RangeError('There is no bar to replace: push the first one')
      spare.set(before)
      engine.step(spare, bar, values)
      const unused = state
      state = spare
      spare = unused
    },
    rescale(splitFactor) {
      engine.rescale(state, splitFactor)
      engine.rescale(before, splitFactor)
    },
  }
}
