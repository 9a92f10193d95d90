import { type BaseRings, type BaseSeries, type Lookback, SERIES_DIMENSIONS } from './base-series.ts'
import { DIMENSIONLESS } from './dimension.ts'
import { type MonotonicDeque, monotonicDeque, type SlotAllocator } from './monotonic-deque.ts'
import { read, valueAgo } from './ring.ts'
import type { SharedComputation, SharedValues } from './shared-values.ts'

/** Places of an extreme and its age from the index that `slice.highest` and `slice.lowest` return. */
export const EXTREME = {
  value: 0,
  /** Bars since the extreme, the most recent of equal ones; 0 = this bar. */
  age: 1,
} as const

/** The highest and the lowest values of the shared series: one deque for all windows over the same. */
export type SharedExtremes = {
  /** Takes the newest bar in, which the shared rings must hold. */
  fold(state: Float64Array, index: number): void
  /** Index in `bar.shared` of the extreme of the last `length` bars, fewer at the start; a lookback must cover them. */
  highest(series: BaseSeries, length: number): number
  lowest(series: BaseSeries, length: number): number
}

type Sign = 1 | -1

/** Allocates a deque for each series that one of the lookbacks names, as long as the longest of them asks. */
export function allocateExtremes(
  allocator: SlotAllocator,
  sharedValues: SharedValues,
  rings: BaseRings,
  highest: readonly Lookback[],
  lowest: readonly Lookback[],
): SharedExtremes {
  const maxima = allocateDeques(allocator, 'highest', highest)
  const minima = allocateDeques(allocator, 'lowest', lowest)
  const folds = [
    ...[...maxima].map(([series, deque]) => foldSeries(deque, rings, series, 1)),
    ...[...minima].map(([series, deque]) => foldSeries(deque, rings, series, -1)),
  ]
  return {
    fold(state, index) {
      for (const fold of folds) fold(state, index)
    },
    highest: (series, length) =>
      sharedValues.index(`highest ${series} of ${length}`, 2, () =>
        extremeOf(allocator, `highest.${series}.${length}`, dequeOf(maxima, series), length, 1),
      ),
    lowest: (series, length) =>
      sharedValues.index(`lowest ${series} of ${length}`, 2, () =>
        extremeOf(allocator, `lowest.${series}.${length}`, dequeOf(minima, series), length, -1),
      ),
  }
}

function allocateDeques(
  allocator: SlotAllocator,
  kind: string,
  lookbacks: readonly Lookback[],
): ReadonlyMap<BaseSeries, MonotonicDeque> {
  const deques = new Map<BaseSeries, MonotonicDeque>()
  for (const [name, dimension] of Object.entries(SERIES_DIMENSIONS)) {
    const series = name as BaseSeries
    const longest = Math.max(0, ...lookbacks.map((lookback) => lookback[series] ?? 0))
    if (longest > 0) deques.set(series, monotonicDeque(allocator, `${kind}.${series}`, longest, dimension))
  }
  return deques
}

/** A minimum is a maximum of negated values, and a split scales both alike. */
function foldSeries({ fold }: MonotonicDeque, rings: BaseRings, series: BaseSeries, sign: Sign) {
  const ring = rings[series]
  return (state: Float64Array, index: number): void => {
    fold(state, index, sign * valueAgo(state, ring, index, 0))
  }
}

function dequeOf(deques: ReadonlyMap<BaseSeries, MonotonicDeque>, series: BaseSeries): MonotonicDeque {
  const deque = deques.get(series)
  if (deque === undefined) throw new Error(`no lookback names ${series}`)
  return deque
}

/**
 * The maximum of a window is the oldest entry of the deque that lies in it. Its number is kept: it only rises, unless newer entries
 * have driven it out.
 */
function extremeOf(
  allocator: SlotAllocator,
  name: string,
  { head, tail, bars, values }: MonotonicDeque,
  length: number,
  sign: Sign,
): SharedComputation {
  const entry = allocator.slots(name, 1, DIMENSIONLESS)
  return (state, { index }, shared, at) => {
    const newest = (read(state, tail) | 0) - 1
    let first = Math.max(read(state, head) | 0, Math.min(read(state, entry) | 0, newest))
    while (valueAgo(state, bars, first, 0) <= index - length) first += 1
    state[entry] = first
    shared[at + EXTREME.value] = sign * valueAgo(state, values, first, 0)
    shared[at + EXTREME.age] = index - valueAgo(state, bars, first, 0)
  }
}
