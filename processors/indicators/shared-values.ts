import type { Bar } from './bar.ts'

/** Computes values of the newest bar, which the shared rings hold, and writes them to `values` from `at` on. */
export type SharedComputation = (state: Float64Array, bar: Bar, values: Float64Array, at: number) => void

/** Values that several rows need of a bar. They are computed once a step, before any row, and are no part of the state. */
export type SharedValues = {
  /** Index of the first of `width` values in `bar.shared`; who gives a known key gets those that it has. */
  index(key: string, width: number, create: () => SharedComputation): number
  /** Index of the first of `width` values that something else fills at every step. */
  reserve(width: number): number
  /** An array for all values asked for. */
  create(): Float64Array
  /** Fills `bar.shared`. */
  compute(state: Float64Array, bar: Bar): void
}

export function createSharedValues(): SharedValues {
  const places = new Map<string, number>()
  const computations: { readonly at: number; readonly compute: SharedComputation }[] = []
  let length = 0
  const reserve = (width: number): number => {
    length += width
    return length - width
  }
  return {
    index(key, width, create) {
      const known = places.get(key)
      if (known !== undefined) return known
      const at = reserve(width)
      places.set(key, at)
      computations.push({ at, compute: create() })
      return at
    },
    reserve,
    create: () => new Float64Array(length),
    compute(state, bar) {
      for (const { at, compute } of computations) compute(state, bar, bar.shared, at)
    },
  }
}
