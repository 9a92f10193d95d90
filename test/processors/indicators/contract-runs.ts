import fc from 'fast-check'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { type BarInput, createBarInput } from '../../../processors/indicators/bar.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import { createReplaceable } from '../../../processors/indicators/replaceable.ts'
import type { Circumstance } from './null-rules.ts'
import {
  cleanSurroundedMarkets,
  SCALES,
  type SurroundedMarket,
  surroundedBars,
  surroundedMarkets,
} from './random-surroundings.ts'
import { fillInput, foldSurrounded, type SurroundedBar, stepSurrounded, surroundedAfterSplit } from './surroundings.ts'
import { engineRows, wholeEngine, withDependencies } from './whole-catalog.ts'

/** Bars that every series of the contract has beyond the longest warm-up. */
export const TAIL = 60

const warmups = engineRows.map(({ warmupBars = 1 }) => warmupBars)

/** Bars of a series of the contract. */
export const LENGTH = Math.max(...warmups) + TAIL + 20

/** One random situation: a market, another one, and where and how it is cut. */
export type Case = {
  readonly market: SurroundedMarket
  readonly other: SurroundedMarket
  readonly cut: number
  readonly start: number
  readonly factor: number
}

/** Random situations. */
export const cases: fc.Arbitrary<Case> = fc.record({
  market: surroundedMarkets(LENGTH),
  other: surroundedMarkets(LENGTH),
  cut: fc.nat(LENGTH),
  start: fc.nat(TAIL),
  factor: fc.constantFrom(0.5, 2, 4),
})

/** Random series in which every bar moves and trades, and everything is known. */
export const cleanCases = cleanSurroundedMarkets(LENGTH)

/** The rows that an engine of the whole catalog gives, and those that it should give. */
export type Outcome = { readonly actual: readonly Float64Array[]; readonly expected: readonly Float64Array[] }

const batched = memoised((market: SurroundedMarket) => {
  const state = wholeEngine.createState()
  return { rows: foldSurrounded(wholeEngine, barsOf(market), state), state }
})

/** The rows of a series from its first bar on. */
export const batch = (market: SurroundedMarket): readonly Float64Array[] => batched(market).rows

const barsOf = memoised((market: SurroundedMarket) => surroundedBars(market))

/** Two symbols in turn, against each alone. */
export const interleaved = memoised(({ market, other }: Case): Outcome => {
  const neighbours = barsOf(other)
  const states = [wholeEngine.createState(), wholeEngine.createState()] as const
  const actual = barsOf(market).map((bar, index) => {
    stepSurrounded(wholeEngine, states[1], { ...(neighbours[index] ?? bar), timeframe: '15m' })
    return stepSurrounded(wholeEngine, states[0], bar)
  })
  checkState(states[0], market)
  return { actual, expected: batch(market) }
})

/** Another engine that goes on from the bytes of a state. */
export const restored = memoised(({ market, cut }: Case): Outcome => {
  const before = wholeEngine.createState()
  foldSurrounded(wholeEngine, barsOf(market).slice(0, cut), before)
  const snapshot = Buffer.from(before.buffer.slice(0))
  const engine = createIndicatorEngine(engineRows)
  if (engine.layoutHash !== wholeEngine.layoutHash) throw new Error('the same rows gave another layout')
  const state = new Float64Array(new Uint8Array(snapshot).buffer)
  const actual = foldSurrounded(engine, barsOf(market).slice(cut), state)
  checkState(state, market)
  return { actual, expected: batch(market).slice(cut) }
})

/** The same past before another future. */
export const otherFuture = memoised(({ market, other, cut }: Case): Outcome => {
  const bars = [...barsOf(market).slice(0, cut), ...barsOf(other).slice(cut)]
  return { actual: foldSurrounded(wholeEngine, bars).slice(0, cut), expected: batch(market).slice(0, cut) }
})

/** Every third bar is first shown as one of another market, then replaced. */
export const replaced = memoised(({ market, other }: Case): Outcome => {
  const changing = createReplaceable(wholeEngine)
  const unfinished = barsOf(other)
  const actual = barsOf(market).map((bar, index) => {
    const first = unfinished[index]
    if (first !== undefined && index % 3 === 0) {
      changing.push(inputOf(first))
      changing.replace(inputOf(bar))
    } else changing.push(inputOf(bar))
    return changing.values.slice()
  })
  checkState(changing.state, market)
  return { actual, expected: batch(market) }
})

/** A split at the cut, against bars that were always in the new units. */
export const split = memoised(({ market, cut, factor }: Case): Outcome => {
  const bars = barsOf(market)
  const state = wholeEngine.createState()
  foldSurrounded(wholeEngine, bars.slice(0, cut), state)
  wholeEngine.rescale(state, factor)
  return {
    actual: foldSurrounded(wholeEngine, surroundedAfterSplit(bars.slice(cut), factor), state),
    expected: foldSurrounded(wholeEngine, surroundedAfterSplit(bars, factor)).slice(cut),
  }
})

/** A stream that begins with the first session from `start` on, against the one that began before. */
export const lateStart = memoised(({ market, start }: Case): Outcome => {
  const bars = barsOf(market)
  const first = sessionStart(bars, start)
  return { actual: foldSurrounded(wholeEngine, bars.slice(first)), expected: batch(market).slice(first) }
})

const settlingRows = engineRows.filter(({ level, settleBars }) => level === 'L1' && settleBars !== undefined)
const settlingEngine = createIndicatorEngine(withDependencies(settlingRows.map(({ id }) => id)))
const longest = Math.max(...settlingRows.map(({ warmupBars = 1, settleBars = 0 }) => warmupBars + settleBars))

/** Columns of the rows of {@link settled}. */
export const settlingColumns = settlingEngine.columns

/** Two starts in a clean market that is long enough for all memories to fade. */
export const settlingCases = fc.record({
  market: cleanSurroundedMarkets(longest + 2 * TAIL),
  start: fc.integer({ min: 1, max: TAIL }),
})

/** As {@link lateStart}, for the rows that declare how soon they settle. */
export const settled = memoised(({ market, start }: { market: SurroundedMarket; start: number }): Outcome => {
  const bars = barsOf(market)
  const first = sessionStart(bars, start)
  const expected = foldSurrounded(settlingEngine, bars).slice(first)
  return { actual: foldSurrounded(settlingEngine, bars.slice(first)), expected }
})

const usual = { seed: 11, length: LENGTH, flat: 0, silent: 0, gaps: 0, scale: SCALES.usual, complete: true }
const daily = { ...usual, timeframe: '1d' as Timeframe }
const hourly = { ...usual, timeframe: '1h' as Timeframe }

/** A series in which much happens. */
export const SHARED_MARKET: SurroundedMarket = { ...hourly, flat: 0.1, silent: 0.1, gaps: 0.02, complete: false }

/** Series that are hard on arithmetic, by what is the matter with them. */
export const HARD_MARKETS: Readonly<Record<string, SurroundedMarket>> = {
  'a price that never moves': { ...daily, flat: 1 },
  'a price that never moves and no volume': { ...hourly, flat: 1, silent: 1 },
  'a price that hardly ever moves': { ...hourly, flat: 0.97 },
  'no volume': { ...daily, silent: 1 },
  'hardly any volume': { ...hourly, silent: 0.95 },
  'prices of 1e12': { ...hourly, scale: SCALES.huge },
  'prices of 1e12, half of them still': { ...daily, scale: SCALES.huge, flat: 0.5, silent: 0.5 },
  'prices of 1e-6': { ...hourly, scale: SCALES.tiny },
  'prices of 1e-6, half of them still': { ...daily, scale: SCALES.tiny, flat: 0.5, silent: 0.5 },
  'gaps to half and double the price': { ...hourly, gaps: 0.1 },
  'gaps between still bars': { ...daily, gaps: 0.1, flat: 0.9, silent: 0.5 },
  'holes in what surrounds the bars': { ...hourly, complete: false },
  'holes in what surrounds daily bars': { ...daily, complete: false },
}

/** What a market may leave indicators without a value by. */
export function circumstancesOf({ flat, silent, timeframe, complete }: SurroundedMarket): ReadonlySet<Circumstance> {
  const all = new Set<Circumstance>(['any'])
  if (flat > 0) all.add('still')
  if (silent > 0) all.add('untraded')
  if (!complete) all.add('holes')
  if (timeframe === '1d') all.add('1d')
  return all
}

/** Throws unless a state has the bits of the one after a whole series. */
function checkState(state: Float64Array, market: SurroundedMarket): void {
  const expected = batched(market).state
  const slot = state.findIndex((value, index) => !Object.is(value, expected[index]))
  if (slot >= 0) throw new Error(`state slot ${slot} is ${state[slot]}, not ${expected[slot]}`)
}

function sessionStart(bars: readonly SurroundedBar[], from: number): number {
  const found = bars.findIndex(
    ({ session }, index) => index >= from && session.ordinal !== bars[index - 1]?.session.ordinal,
  )
  return found < 0 ? bars.length : found
}

function inputOf(bar: SurroundedBar): BarInput {
  return fillInput(createBarInput(wholeEngine.sideFields.length), wholeEngine.sideFields, bar)
}

/** Every row asks for the same runs. */
function memoised<Key, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<string, Value>()
  return (key) => {
    const text = JSON.stringify(key)
    const found = known.get(text) ?? compute(key)
    known.set(text, found)
    return found
  }
}
