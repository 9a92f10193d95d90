import type { RecipeTransform } from '../../catalog/recipe-transform.ts'
import { createRecipeTransform } from './recipe-transform.ts'

/** An input of a model that is made of a feature: its id, the feature, and the transform over the rows of a symbol. */
export type DerivedSpec = { readonly id: string; readonly feature: string; readonly transform: RecipeTransform }

/** What is remembered of one symbol: one array, and the part of it that each derived input has. */
export type DerivedState = { readonly whole: Float64Array; readonly parts: readonly Float64Array[] }

/** The derived inputs of a model over the rows of a view, symbol by symbol: live, in a replay, and in a training set. */
export interface DerivedFold {
  /** The state of a symbol of which no row has come. */
  fresh(): DerivedState
  /** A state with the contents of an array, which it takes over. Throws RangeError on one of another length. */
  of(whole: Float64Array): DerivedState
  /**
   * Takes the next row of the symbol into its state and writes the inputs of the row into `into`, as float32, in the order of the
   * specs; NaN = null. `numberOf` gives the published value of a feature on the row as a number, NaN where it is null.
   */
  step(state: DerivedState, numberOf: (feature: string) => number, into: number[]): void
}

/** Builds the fold of some derived inputs. Throws RangeError on a transform that makes no window. */
export function createDerivedFold(specs: readonly DerivedSpec[]): DerivedFold {
  const folds = specs.map(({ feature, transform }) => ({ feature, ...createRecipeTransform(transform) }))
  const total = folds.reduce((sum, { stateLength }) => sum + stateLength, 0)
  const of = (whole: Float64Array): DerivedState => {
    if (whole.length !== total) throw new RangeError(`A state of ${whole.length} numbers is none of ${total}`)
    let from = 0
    const parts = folds.map(({ stateLength }) => {
      from += stateLength
      return whole.subarray(from - stateLength, from)
    })
    return { whole, parts }
  }
  return {
    of,
    fresh: () => of(new Float64Array(total)),
    step({ parts }, numberOf, into) {
      for (const [index, part] of parts.entries()) {
        const fold = folds[index]
        const value = Math.fround(fold?.step(part, numberOf(fold.feature)) ?? Number.NaN)
        into[index] = Number.isFinite(value) ? value : Number.NaN
      }
    },
  }
}

/**
 * The fold over rows of many series at once: takes the next row of a series, which is that of a symbol, and gives its derived inputs,
 * NaN = null. A series begins where its first row comes; `from` names another, whose rows up to there are before that first row.
 */
export function createDeriver(
  specs: readonly DerivedSpec[],
): (series: string, numberOf: (feature: string) => number, from?: string) => readonly number[] {
  const fold = createDerivedFold(specs)
  const states = new Map<string, DerivedState>()
  const begun = (from: string | undefined): DerivedState => {
    const before = from === undefined ? undefined : states.get(from)
    return before === undefined ? fold.fresh() : fold.of(before.whole.slice())
  }
  return (series, numberOf, from) => {
    const state = states.get(series) ?? begun(from)
    states.set(series, state)
    const inputs: number[] = []
    fold.step(state, numberOf, inputs)
    return inputs
  }
}

/**
 * A published value as the number that a model takes: a code as it is, true and false as 1 and 0, null as NaN. Undefined for what is
 * none: an infinite number, NaN, a list, nothing.
 */
export function modelNumber(value: unknown): number | undefined {
  if (value === null) return Number.NaN
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
