import { type BaseRings, type BaseSeries, type Lookback, SERIES_DIMENSIONS } from './base-series.ts'
import { DIMENSIONLESS } from './dimension.ts'
import { monotonicDeque, type SlotAllocator } from './monotonic-deque.ts'
import { type Ring, read, valueAgo } from './ring.ts'
import type { SharedValues } from './shared-values.ts'

/** Places of an extreme and its age from the index that `slice.highest` and `slice.lowest` return. */
export const EXTREME = {
  value: 0,
  /** Bars since the extreme, the most recent of equal ones; 0 = this bar. */
  age: 1,
} as const

/** The highest and the lowest values of the shared series: one deque for all windows over the same. */
export type SharedExtremes = {
  /** Takes the newest bar in, which the shared rings must hold, and writes the extremes of all windows to `shared`. */
  fold(state: Float64Array, index: number, shared: Float64Array): void
  /** Index in `bar.shared` of the extreme of the last `length` bars, fewer at the start; a lookback must cover them. */
  highest(series: BaseSeries, length: number): number
  lowest(series: BaseSeries, length: number): number
}

/** The windows over one series on one side. */
type SeriesExtremes = {
  fold(state: Float64Array, index: number, shared: Float64Array): void
  /** Index in `bar.shared` of the extreme of the last `length` bars. */
  window(length: number): number
}

/** What all sides and series need. */
type Scope = {
  readonly allocator: SlotAllocator
  readonly sharedValues: SharedValues
  readonly rings: BaseRings
}

/** Allocates a deque for each series that one of the lookbacks names, as long as the longest of them asks. */
export function allocateExtremes(
  scope: Scope,
  highest: readonly Lookback[],
  lowest: readonly Lookback[],
): SharedExtremes {
  const maxima = allocateSide(scope, 'highest', highest, 1)
  // A minimum is a maximum of negated values, and a split scales both alike.
  const minima = allocateSide(scope, 'lowest', lowest, -1)
  const all = [...maxima.values(), ...minima.values()].map(({ fold }) => fold)
  return {
    fold(state, index, shared) {
      for (const fold of all) fold(state, index, shared)
    },
    highest: (series, length) => extremesOf(maxima, series).window(length),
    lowest: (series, length) => extremesOf(minima, series).window(length),
  }
}

function extremesOf(side: ReadonlyMap<BaseSeries, SeriesExtremes>, series: BaseSeries): SeriesExtremes {
  const extremes = side.get(series)
  if (extremes === undefined) throw new Error(`no lookback names ${series}`)
  return extremes
}

function allocateSide(
  { allocator, sharedValues, rings }: Scope,
  side: string,
  lookbacks: readonly Lookback[],
  sign: 1 | -1,
): ReadonlyMap<BaseSeries, SeriesExtremes> {
  const extremes = new Map<BaseSeries, SeriesExtremes>()
  for (const series of Object.keys(SERIES_DIMENSIONS) as BaseSeries[]) {
    const longest = Math.max(0, ...lookbacks.map((lookback) => lookback[series] ?? 0))
    if (longest === 0) continue
    const name = `${side}.${series}`
    extremes.set(series, seriesExtremes({ allocator, sharedValues, ring: rings[series], name, series, longest, sign }))
  }
  return extremes
}

function seriesExtremes({
  allocator,
  sharedValues,
  ring,
  name,
  series,
  longest,
  sign,
}: {
  readonly allocator: SlotAllocator
  readonly sharedValues: SharedValues
  readonly ring: Ring
  readonly name: string
  readonly series: BaseSeries
  readonly longest: number
  readonly sign: 1 | -1
}): SeriesExtremes {
  const { fold, tail, bars, values } = monotonicDeque(allocator, name, longest, SERIES_DIMENSIONS[series])
  const windows: { readonly length: number; readonly entry: number; readonly at: number }[] = []
  return {
    window(length) {
      const known = windows.find((window) => window.length === length)
      if (known !== undefined) return known.at
      const entry = allocator.slots(`${name}.${length}`, 1, DIMENSIONLESS)
      const at = sharedValues.reserve(2)
      windows.push({ length, entry, at })
      return at
    },
    // The maximum of a window is the oldest entry of the deque that lies in it. Its number is kept: it only rises, unless newer
    // entries have driven it out.
    fold(state, index, shared) {
      const oldest = fold(state, index, sign * valueAgo(state, ring, index, 0))
      const newest = (read(state, tail) | 0) - 1
      for (const { length, entry, at } of windows) {
        let first = Math.max(oldest, Math.min(read(state, entry) | 0, newest))
        while (valueAgo(state, bars, first, 0) <= index - length) first += 1
        state[entry] = first
        shared[at + EXTREME.value] = sign * valueAgo(state, values, first, 0)
        shared[at + EXTREME.age] = index - valueAgo(state, bars, first, 0)
      }
    },
  }
}
