import type { FeatureTransform } from '../../catalog/feature-transform.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import type { Dimension } from '../indicators/dimension.ts'
import { put, type Ring, read, valueAgo, windowMean, windowSquares } from '../indicators/ring.ts'
import type { StateSlots } from './state-slots.ts'

/** Values whose size is at most this count as zero (NOTATION.md). */
const ZERO = 1e-14

/**
 * One step of a feature: its value on the row of 0-based `index`, NaN where it has none. `x` is the source output, `close` and
 * `atr` are of the same row. Must be called once for every row of the feature's timeframe.
 */
export type TransformStep = (state: Float64Array, index: number, x: number, close: number, atr: number) => number

/** Where a transform keeps what it remembers of the source output. */
export type TransformMemory = {
  readonly slots: StateSlots
  readonly timeframe: Timeframe
  readonly name: string
  /** Of the source output. */
  readonly dimension: Dimension
}

/** Builds the step of a transform and allocates what it remembers. Formulas: NOTATION.md. */
export function bindTransform(transform: FeatureTransform, memory: TransformMemory): TransformStep {
  switch (transform.kind) {
    case 'identity':
      return (_state, _index, x) => x
    case 'dist_atr':
      return (_state, _index, x, close, atr) => (isZero(atr) ? Number.NaN : (close - x) / atr)
    case 'div_atr':
      return (_state, _index, x, _close, atr) => (isZero(atr) ? Number.NaN : x / atr)
    case 'clip': {
      const { lo, hi } = transform
      return (_state, _index, x) => Math.min(Math.max(x, lo), hi)
    }
    case 'min': {
      const { cap } = transform
      return (_state, _index, x) => Math.min(x, cap)
    }
    case 'log': {
      const { floor } = transform
      return (_state, _index, x) => Math.log(Math.max(x, floor))
    }
    case 'log1p':
      return (_state, _index, x) => Math.log1p(x)
    case 'bucket': {
      const { edges } = transform
      return (_state, _index, x) => (Number.isNaN(x) ? x : countPassed(edges, x))
    }
    case 'cross_above':
      return bindCross(transform.level, 1, memory)
    case 'cross_below':
      return bindCross(transform.level, -1, memory)
    case 'slope_z':
      return bindSlope(transform.n, memory)
    case 'zscore':
      return bindScore(transform.n, transform.ddof, memory)
  }
}

function isZero(value: number): boolean {
  return Math.abs(value) <= ZERO
}

function countPassed(edges: readonly number[], x: number): number {
  let passed = 0
  for (const edge of edges) if (edge <= x) passed += 1
  return passed
}

/** 1 on the row on which x reaches the level from the other side, else 0. `sign` 1 from below, -1 from above. */
function bindCross(level: number, sign: 1 | -1, { slots, timeframe, name, dimension }: TransformMemory): TransformStep {
  const previous = slots.slots(timeframe, `${name}.previous`, 1, dimension)
  return (state, _index, x) => {
    const before = read(state, previous)
    state[previous] = x
    if (Number.isNaN(x) || Number.isNaN(before)) return Number.NaN
    return sign * (x - level) >= 0 && sign * (before - level) < 0 ? 1 : 0
  }
}

/** Rise over n rows in units of the spread of its n steps: (x - x[n]) / (sd_n(x - x[1], ddof 1) * sqrt(n)), 0 without spread. */
function bindSlope(n: number, { slots, timeframe, name, dimension }: TransformMemory): TransformStep {
  const ring = slots.ring(timeframe, `${name}.source`, n + 1, dimension)
  return (state, index, x) => {
    put(state, ring, index, x)
    if (index < n) return Number.NaN
    let sum = 0
    for (let ago = n - 1; ago >= 0; ago -= 1) sum += stepAgo(state, ring, index, ago)
    const mean = sum / n
    let squares = 0
    for (let ago = n - 1; ago >= 0; ago -= 1) squares += (stepAgo(state, ring, index, ago) - mean) ** 2
    const deviation = Math.sqrt(squares / (n - 1))
    return isZero(deviation) ? 0 : (x - valueAgo(state, ring, index, n)) / (deviation * Math.sqrt(n))
  }
}

function stepAgo(state: Float64Array, ring: Ring, index: number, ago: number): number {
  return valueAgo(state, ring, index, ago) - valueAgo(state, ring, index, ago + 1)
}

/** (x - mean_n) / sd_n, 0 without spread. */
function bindScore(n: number, ddof: number, { slots, timeframe, name, dimension }: TransformMemory): TransformStep {
  const ring = slots.ring(timeframe, `${name}.source`, n, dimension)
  return (state, index, x) => {
    put(state, ring, index, x)
    if (index < n - 1) return Number.NaN
    const mean = windowMean(state, ring, index, n)
    const deviation = Math.sqrt(windowSquares(state, ring, index, n, mean) / (n - ddof))
    return isZero(deviation) ? 0 : (x - mean) / deviation
  }
}
