import type { Bar } from './bar.ts'
import { DIMENSIONLESS, type Dimension, PRICE, VOLUME } from './dimension.ts'
import { allocate, type StateLayout } from './layout.ts'
import { put, type Ring, ringCapacity } from './ring.ts'

/** Dimension of each series that the engine keeps once for all indicators. */
export const SERIES_DIMENSIONS = {
  open: PRICE,
  high: PRICE,
  low: PRICE,
  close: PRICE,
  volume: VOLUME,
  logReturn: DIMENSIONLESS,
  trueRange: PRICE,
} as const satisfies Readonly<Record<string, Dimension>>

/** A series that the engine keeps once for all indicators. */
export type BaseSeries = keyof typeof SERIES_DIMENSIONS

/** How many values of each series, the current one included, somebody reads back. */
export type Lookback = Partial<Readonly<Record<BaseSeries, number>>>

/** The shared ring of each series. */
export type BaseRings = Readonly<Record<BaseSeries, Ring>>

/** Allocates the shared rings, each as long as the longest of `lookbacks` asks (the close at least 2: C and C[1]). */
export function allocateBaseRings(layout: StateLayout, lookbacks: readonly Lookback[]): BaseRings {
  const ring = (series: BaseSeries, atLeast = 1): Ring => {
    const longest = Math.max(atLeast, ...lookbacks.map((lookback) => lookback[series] ?? 0))
    const capacity = ringCapacity(longest)
    return { offset: allocate(layout, 'base', series, capacity, SERIES_DIMENSIONS[series]), mask: capacity - 1 }
  }
  return {
    open: ring('open'),
    high: ring('high'),
    low: ring('low'),
    close: ring('close', 2),
    volume: ring('volume'),
    logReturn: ring('logReturn'),
    trueRange: ring('trueRange'),
  }
}

/** Stores a bar in the shared rings. */
export function putBar(state: Float64Array, rings: BaseRings, bar: Bar): void {
  put(state, rings.open, bar.index, bar.open)
  put(state, rings.high, bar.index, bar.high)
  put(state, rings.low, bar.index, bar.low)
  put(state, rings.close, bar.index, bar.close)
  put(state, rings.volume, bar.index, bar.volume)
  put(state, rings.logReturn, bar.index, bar.logReturn)
  put(state, rings.trueRange, bar.index, bar.trueRange)
}
