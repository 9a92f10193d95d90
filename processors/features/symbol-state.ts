import type { ViewFold } from './view-fold.ts'

/** What is known of one symbol: one array, and the part of it that each view has, in the order of the views. */
export type SymbolState = { readonly whole: Float64Array; readonly parts: readonly Float64Array[] }

/** The part of the view at a place. */
export function partAt(parts: SymbolState['parts'], at: number): Float64Array {
  const part = parts[at]
  if (part === undefined) throw new RangeError(`There is no view ${at}`)
  return part
}

/** How the states of views lie one after the other in the array of a symbol. */
export interface SymbolStates {
  /** A state in which no view has seen anything. */
  fresh(): SymbolState
  /** A state with the contents of an array. */
  of(whole: Float64Array): SymbolState
}

/** Puts the states of some views together. */
export function planSymbolStates(folds: readonly ViewFold[]): SymbolStates {
  const lengths = folds.map(({ plan }) => plan.stateLength)
  const total = lengths.reduce((sum, length) => sum + length, 0)
  const of = (whole: Float64Array): SymbolState => {
    let from = 0
    const parts = lengths.map((length) => {
      from += length
      return whole.subarray(from - length, from)
    })
    return { whole, parts }
  }
  return {
    of,
    fresh() {
      const state = of(new Float64Array(total))
      for (const [at, fold] of folds.entries()) fold.reset(partAt(state.parts, at))
      return state
    },
  }
}
