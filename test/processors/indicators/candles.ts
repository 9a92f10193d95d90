import fc from 'fast-check'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { createBarInput } from '../../../processors/indicators/bar.ts'
import type { IndicatorEngine } from '../../../processors/indicators/engine.ts'

export type Candle = { open: number; high: number; low: number; close: number; volume: number }

/** What a random series looks like: `flat` and `silent` are the shares of bars without a move, and without volume. */
export type Market = { seed: number; length: number; flat: number; silent: number }

/** Random markets of `length` bars, half of them with flat and silent stretches. */
export function markets(length: number): fc.Arbitrary<Market> {
  const share = fc.constantFrom(0, 0, 0.3, 0.95)
  return fc.record({ seed: fc.integer(), length: fc.constant(length), flat: share, silent: share })
}

/** Markets in which every bar moves and trades. */
export function cleanMarkets(length: number): fc.Arbitrary<Market> {
  return fc.record({ seed: fc.integer(), length: fc.constant(length), flat: fc.constant(0), silent: fc.constant(0) })
}

/** A random walk with clustered volatility, prices on a grid of 1/128 (so that halving a price is exact). */
export function candles({ seed, length, flat, silent }: Market): Candle[] {
  const random = mulberry32(seed)
  const onGrid = (price: number) => Math.max(1, Math.round(price * 128)) / 128
  let close = 50 + 100 * random()
  let volatility = 0.01
  return Array.from({ length }, () => {
    const volume = random() < silent ? 0 : 1 + Math.floor(random() * 1e6)
    if (random() < flat) return { open: close, high: close, low: close, close, volume }
    volatility = 0.002 + 0.9 * volatility * (0.5 + random())
    const open = onGrid(close)
    close = onGrid(Math.min(1e4, Math.max(5, open * (1 + Math.min(0.05, volatility) * 4 * (random() - 0.5)))))
    const high = onGrid(Math.max(open, close) * (1 + 0.01 * random()) + 1 / 128)
    const low = onGrid(Math.min(open, close) * (1 - 0.01 * random()) - 1 / 128)
    return { open, high, low, close, volume }
  })
}

/** The bars in the units after a split of `factor` new shares per old. */
export function afterSplit(bars: readonly Candle[], factor: number): Candle[] {
  return bars.map(({ open, high, low, close, volume }) => ({
    open: open / factor,
    high: high / factor,
    low: low / factor,
    close: close / factor,
    volume: volume * factor,
  }))
}

/** A cell value that no indicator gives: what is left of it was not written. */
const UNWRITTEN = -123456.75

/** Folds one bar and returns its row. */
export function stepOne(
  engine: IndicatorEngine,
  state: Float64Array,
  { open, high, low, close, volume }: Candle,
  timeframe: Timeframe = '1d',
): Float64Array {
  const out = new Float64Array(engine.columns.length).fill(UNWRITTEN)
  const input = createBarInput(engine.sideFields.length)
  engine.step(state, Object.assign(input, { timeframe, open, high, low, close, volume }), out)
  if (out.includes(UNWRITTEN)) throw new Error('a column was not written')
  return out
}

/** Folds bars in order and returns one row a bar. */
export function run(
  engine: IndicatorEngine,
  bars: readonly Candle[],
  state: Float64Array = engine.createState(),
  timeframe: Timeframe = '1d',
): Float64Array[] {
  return bars.map((bar) => stepOne(engine, state, bar, timeframe))
}

/** Numbers in [0, 1) that depend on the seed alone (Mulberry32). */
export function mulberry32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
