import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type Candle, candles, markets, run } from './candles.ts'
import { play } from './played.ts'
import { foldSide, sideEngine } from './side-engine.ts'

const none = Number.NaN

/** The numbers of a vector output on the last of some bars. */
function lastVector(id: string, output: string, bars: readonly Candle[]): number[] {
  const engine = sideEngine(id)
  const row = run(engine, bars).at(-1) ?? new Float64Array()
  return engine.columns.flatMap((column, index) =>
    column.indicatorId === id && column.output === output ? [row[index] ?? none] : [],
  )
}

/** Bars whose closes have these log returns; each opens at the close before. */
function barsOf(returns: readonly number[], volume = 1000): Candle[] {
  let close = 100
  const first = { open: close, high: close, low: close, close, volume }
  return [
    first,
    ...returns.map((value) => {
      const open = close
      close = open * Math.exp(value)
      return { open, high: Math.max(open, close), low: Math.min(open, close), close, volume }
    }),
  ]
}

const alternating = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? 0.01 : -0.01))

describe('candle_embedding_v1', () => {
  it('has in each channel the first 4 orthonormal DCT-II coefficients: of a constant channel the first only', () => {
    const given = { 'ewma_vol_094.value': 0.01, 'upper_wick_pct.value': 0.25, 'lower_wick_pct.value': 0.5 }
    const up = Array.from({ length: 61 }, (_, bar) => {
      const open = 100 * Math.exp(0.02 * (bar - 1))
      return { open, close: 100 * Math.exp(0.02 * bar), low: 0.5 * open, high: 2 * open, given }
    })
    const values = play('candle_embedding_v1', up)
    const last = Array.from({ length: 16 }, (_, place) => {
      const name = place === 0 ? 'candle_embedding' : `candle_embedding[${place}]`
      return values[name]?.at(-1) ?? none
    })
    const body = (Math.exp(0.02) - 1) / 1.5
    const expected = [2, body, 0.25, 0.5].flatMap((level) => [level * Math.sqrt(20), 0, 0, 0])
    for (const [place, value] of last.entries()) expect(value).toBeCloseTo(expected[place] ?? none, 9)
  })

  it('cuts returns off at 5 volatilities of the bar before, and is zero on a market that stands still', () => {
    const quiet = lastVector('candle_embedding_v1', 'candle_embedding', barsOf(alternating.map(() => 0)))
    expect(quiet).toEqual(Array.from({ length: 16 }, () => expect.closeTo(0, 12)))
    const calm = lastVector('candle_embedding_v1', 'candle_embedding', barsOf([...alternating, 0.05]))
    const wild = lastVector('candle_embedding_v1', 'candle_embedding', barsOf([...alternating, 0.4]))
    expect(wild.slice(0, 4)).toEqual(calm.slice(0, 4).map((value) => expect.closeTo(value, 9)))
  })
})

describe('ret_path_vec_v1', () => {
  it('is the last 16 returns over one volatility, oldest first, cut off at 5', () => {
    const vector = lastVector('ret_path_vec_v1', 'vec', barsOf([...alternating, 0.02, -0.1]))
    const volatility = Math.sqrt(0.94 * 0.01 ** 2 + 0.06 * 0.02 ** 2)
    const expected = [...alternating.slice(-14), 0.02].map((value) => value / volatility)
    expect(vector).toEqual([...expected, -5].map((value) => expect.closeTo(value, 9)))
  })

  it('is zero where there is no volatility', () => {
    const quiet = barsOf(alternating.map(() => 0))
    expect(lastVector('ret_path_vec_v1', 'vec', quiet)).toEqual(Array.from({ length: 16 }, () => 0))
  })
})

describe('haar_energy_vec_v1', () => {
  const energy = (returns: readonly number[]) => lastVector('haar_energy_vec_v1', 'vec', barsOf(returns))
  const pattern = (block: number) => Array.from({ length: 32 }, (_, bar) => (bar % block < block / 2 ? 0.01 : -0.01))

  it.each([1, 2, 3, 4, 5])('puts a square wave of blocks of 2^%i bars into that scale alone', (scale) => {
    const expected = Array.from({ length: 6 }, (_, place) => expect.closeTo(place === scale - 1 ? 1 : 0, 9))
    expect(energy(pattern(2 ** scale))).toEqual(expected)
  })

  it('puts a constant return, and a market that stands still, into the mean', () => {
    expect(energy(pattern(2).map(() => 0.01))).toEqual([0, 0, 0, 0, 0, 1].map((value) => expect.closeTo(value, 9)))
    expect(energy(pattern(2).map(() => 0))).toEqual([0, 0, 0, 0, 0, 1])
  })

  it('splits the energy of two waves by their squares', () => {
    const both = pattern(2).map((value, bar) => value + 2 * (pattern(32)[bar] ?? none))
    expect(energy(both)).toEqual([0.2, 0, 0, 0, 0.8, 0].map((value) => expect.closeTo(value, 9)))
  })
})

describe('volume_profile_vec_v1', () => {
  const bar = (price: number, volume: number): Candle => ({
    open: price,
    high: price,
    low: price,
    close: price,
    volume,
  })

  it('shares the volume over 8 bins of the range by typical price, the lowest first', () => {
    const bars = [
      bar(100, 1),
      bar(108, 2),
      bar(101, 3),
      bar(104.5, 4),
      ...Array.from({ length: 60 }, () => bar(107, 0)),
    ]
    expect(lastVector('volume_profile_vec_v1', 'vec', bars)).toEqual([0.1, 0.3, 0, 0, 0.4, 0, 0, 0.2])
  })

  it('is even where there is no range or no volume', () => {
    const eighths = Array.from({ length: 8 }, () => 1 / 8)
    const flat = Array.from({ length: 64 }, () => bar(100, 5))
    expect(lastVector('volume_profile_vec_v1', 'vec', flat)).toEqual(eighths)
    const silent = Array.from({ length: 64 }, (_, index) => bar(100 + index, 0))
    expect(lastVector('volume_profile_vec_v1', 'vec', silent)).toEqual(eighths)
  })
})

describe('state_onehot_vec_v1', () => {
  const vector = (given: Readonly<Record<string, number>>) => {
    const keys = ['trend_mtf_v1.trend_state_mtf', 'vol_regime_state_v1.vol_regime_state']
    const all = [...keys, 'liq_stress_v1.liq_stress_state', 'event_window_state_v1.event_window_state']
    const nothing = Object.fromEntries(all.map((key) => [key, none]))
    return Object.values(play('state_onehot_vec_v1', [{ given: { ...nothing, ...given } }])).flat()
  }

  it('has a block for each state, in the order trend, volatility, liquidity, events', () => {
    const states = {
      'trend_mtf_v1.trend_state_mtf': -2,
      'vol_regime_state_v1.vol_regime_state': 2,
      'liq_stress_v1.liq_stress_state': 1,
      'event_window_state_v1.event_window_state': 3,
    }
    expect(vector(states)).toEqual([1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1])
  })

  it('has zeros in the block of a state that is not known', () => {
    expect(vector({})).toEqual(Array.from({ length: 15 }, () => 0))
    expect(vector({ 'trend_mtf_v1.trend_state_mtf': 2 }).indexOf(1)).toBe(4)
  })

  it('has a value from the first bar on, and says no event where the calendar has none', () => {
    const values = foldSide(sideEngine('state_onehot_vec_v1'), [{ side: { 'event.feed_age_days': 0 } }])
    expect(values['event_window_state_v1.event_window_state']).toEqual([0])
    expect(values['state_onehot_vec_v1.vec']).toHaveLength(15)
    expect(values['state_onehot_vec_v1.vec']?.slice(11)).toEqual([1, 0, 0, 0])
  })
})

describe('shares', () => {
  it.each(['haar_energy_vec_v1', 'volume_profile_vec_v1'])('of %s lie between 0 and 1 and add up to 1', (id) => {
    const engine = sideEngine(id)
    const own = engine.columns.flatMap((column, index) => (column.indicatorId === id ? [index] : []))
    fc.assert(
      fc.property(markets(100), (market) => {
        for (const row of run(engine, candles(market)).slice(64)) {
          const shares = own.map((index) => row[index] ?? none)
          expect(Math.min(...shares)).toBeGreaterThanOrEqual(0)
          expect(Math.max(...shares)).toBeLessThanOrEqual(1)
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
        }
      }),
      { numRuns: 15 },
    )
  })
})
