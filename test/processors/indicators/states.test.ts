import { describe, expect, it } from '@jest/globals'
import { codesOnDays, needsShared } from './occurring.ts'
import { constant, quietBars, runScripted } from './scripted.ts'
import { describeWithShared } from './shared-data.ts'

const nothing = Number.NaN

/** States that bars alone make. */
const STATES = [
  'trend_state_v1',
  'trend_mtf_v1',
  'structure_state_v1',
  'structure_mtf_v1',
  'vol_regime_state_v1',
  'vol_term_v1',
  'momentum_consensus_v1',
  'meanrev_state_v1',
  'chop_state_v1',
  'volume_state_v1',
  'liquidity_state_v1',
  'squeeze_state_v1',
  'liq_stress_v1',
]

describe('trend_state_v1', () => {
  const bars = (closes: readonly number[]) => closes.map((close) => ({ close }))
  /** 60 bars of a rising market: the averages lie one above the other below the close. */
  const rising = {
    'ema_50.value': Array.from({ length: 60 }, (_, index) => (index < 49 ? nothing : 100 + index)),
    'ema_20.value': Array.from({ length: 60 }, (_, index) => 105 + index),
    'atr_14.value': constant(60, 2),
  }
  const closes = Array.from({ length: 60 }, (_, index) => 110 + index)

  it('has three votes for a market that rises, and its strength from the ADX', () => {
    const { state, score, age } = runScripted(
      'trend_state_v1',
      { ...rising, 'adx_14.value': constant(60, 30) },
      bars(closes),
    )
    expect(state?.slice(54, 57)).toEqual([nothing, 2, 2])
    expect(score?.[55]).toBe(0.75)
    expect(age?.slice(55, 58)).toEqual([0, 1, 2])
  })

  it('is strong from an ADX of 25 until one below 20, each confirmed by a second bar', () => {
    const adx = [...constant(55, 10), 24, 25, 20, 19, 19]
    const { state, age } = runScripted('trend_state_v1', { ...rising, 'adx_14.value': adx }, bars(closes))
    expect(state?.slice(55)).toEqual([1, 1, 2, 2, 1])
    expect(age?.slice(55)).toEqual([0, 1, 0, 1, 0])
  })

  it('has no state before two bars agree on one', () => {
    // At bar 54 the close is above both averages and at bar 55 below: two votes against one.
    const falling = closes.map((close, index) => (index === 55 ? 50 : close))
    const flat = { ...rising, 'ema_50.value': [...constant(49, nothing), ...constant(11, 100)] }
    const { state, score } = runScripted('trend_state_v1', { ...flat, 'adx_14.value': constant(60, 40) }, bars(falling))
    expect(state?.slice(55)).toEqual([nothing, nothing, 2, 2, 2])
    expect(score?.[55]).toBe(0)
  })

  it('gives the slope no vote where there is no ATR', () => {
    const still = { ...rising, 'atr_14.value': constant(60, 0), 'adx_14.value': constant(60, 40) }
    expect(runScripted('trend_state_v1', still, bars(closes)).score?.[55]).toBe(2 / 3)
  })
})

describe('structure_state_v1', () => {
  const swings = (at: Readonly<Record<number, number>>, length: number) => ({
    value: Array.from({ length }, (_, index) => (at[index] === undefined ? 0 : 1)),
    price: Array.from({ length }, (_, index) => at[index] ?? nothing),
  })
  const run = (highs: Readonly<Record<number, number>>, lows: Readonly<Record<number, number>>, atr: number[]) => {
    const high = swings(highs, atr.length)
    const low = swings(lows, atr.length)
    const inputs = {
      'swing_high_5.value': high.value,
      'swing_high_5.price': high.price,
      'swing_low_5.value': low.value,
      'swing_low_5.price': low.price,
      'atr_14.value': atr,
    }
    return runScripted('structure_state_v1', inputs, quietBars(atr.length))
  }

  it('needs two swings of each kind, and counts bars from their confirmation', () => {
    const values = run({ 1: 101, 4: 103 }, { 2: 97, 3: 98 }, constant(7, 2))
    expect(values.state).toEqual([...constant(4, nothing), 0, 0, 0])
    expect(values.bars_since_high).toEqual([...constant(4, nothing), 0, 1, 2])
    expect(values.bars_since_low).toEqual([...constant(4, nothing), 1, 2, 3])
    expect(values.dist_last_high_atr?.[4]).toBe((100 - 103) / 2)
    expect(values.dist_last_low_atr?.[4]).toBe((100 - 98) / 2)
  })

  it('is down, sideways or a transition by how the two pairs moved', () => {
    expect(run({ 0: 103, 1: 101 }, { 0: 98, 1: 97 }, constant(2, 1)).state).toEqual([nothing, 1])
    expect(run({ 0: 103, 1: 101 }, { 0: 98, 1: 99 }, constant(2, 1)).state).toEqual([nothing, 3])
    expect(run({ 0: 103, 1: 101 }, { 0: 98, 1: 97 }, constant(2, 5)).state).toEqual([nothing, 2])
    // One pair flat is not enough.
    expect(run({ 0: 103, 1: 101 }, { 0: 98, 1: 97 }, constant(2, 3)).state).toEqual([nothing, 1])
  })

  it('stops counting at 252 bars, and has no distance without an ATR', () => {
    const values = run({ 0: 101, 1: 102 }, { 0: 98, 1: 99 }, [...constant(299, 1), 0])
    expect([values.bars_since_high?.[252], values.bars_since_high?.[253], values.bars_since_high?.[254]]).toEqual([
      251, 252, 252,
    ])
    expect([values.state?.[299], values.dist_last_high_atr?.[299], values.dist_last_low_atr?.[299]]).toEqual([
      0,
      nothing,
      nothing,
    ])
  })
})

describe('vol_term_v1', () => {
  it('compares annualised volatilities', () => {
    const short = [...constant(60, nothing), 0.01, 0.014, 0.005, 0.01, 0.01]
    const annual = 0.01 * Math.sqrt(1638)
    const long = [...constant(60, nothing), annual, annual, annual, 0, nothing]
    const hourly = quietBars(65).map((bar) => ({ ...bar, timeframe: '1h' as const }))
    const { ratio, state } = runScripted(
      'vol_term_v1',
      { 'ewma_vol_094.value': short, 'realized_vol_60.value': long },
      hourly,
    )
    expect(ratio?.slice(59, 60)).toEqual([nothing])
    expect(ratio?.[60]).toBeCloseTo(1, 12)
    expect(ratio?.[61]).toBeCloseTo(1.4, 12)
    expect(ratio?.[62]).toBeCloseTo(0.5, 12)
    expect(state?.slice(60)).toEqual([1, 2, 0, nothing, nothing])
    expect(ratio?.slice(63)).toEqual([nothing, nothing])
  })
})

describe('vol_target_scale_v1', () => {
  it('is target over annualised volatility, at most the cap', () => {
    const volatility = [...constant(20, nothing), 0.02, 0.001, 0]
    const { scale } = runScripted('vol_target_scale_v1', { 'ewma_vol_094.value': volatility }, quietBars(23))
    expect(scale?.[19]).toBe(nothing)
    expect(scale?.[20]).toBeCloseTo(0.15 / (0.02 * Math.sqrt(252)), 15)
    expect(scale?.slice(21)).toEqual([2, 2])
  })
})

describe('squeeze_state_v1', () => {
  const run = (bandWidths: readonly number[], closes: readonly number[]) => {
    const length = bandWidths.length
    const inputs = {
      'bollinger_20_2.upper': bandWidths.map((width) => 100 + width / 2),
      'bollinger_20_2.lower': bandWidths.map((width) => 100 - width / 2),
      'keltner_20_10_15.upper': constant(length, 102),
      'keltner_20_10_15.lower': constant(length, 98),
      'range_high_20.value': constant(length, 104),
      'range_low_20.value': constant(length, 96),
      'sma_20.value': constant(length, 100),
      'atr_14.value': constant(length, 2),
    }
    return runScripted(
      'squeeze_state_v1',
      inputs,
      closes.map((close) => ({ close })),
    )
  }

  it('fires for three bars in the direction of the close, unless it is on again', () => {
    const widths = [...constant(19, 6), 6, 3, 6, 6, 6, 6, 3, 6, 3]
    const closes = [...constant(19, 100), 100, 100, 101, 99, 99, 99, 99, 99, 99]
    const { state, compression, momentum } = run(widths, closes)
    expect(state?.slice(18)).toEqual([nothing, 0, 1, 2, 2, 2, 0, 1, 3, 1])
    expect(compression?.slice(19, 21)).toEqual([1.5, 0.75])
    expect(momentum?.slice(20, 23)).toEqual([0, 0.5, -0.5])
  })
})

describe('liq_stress_v1', () => {
  const params = { window: 3, edges: [0.7, 0.85], h: 0.03 }
  const inputs = {
    'amihud_20.value': [...constant(20, nothing), 1, 2, 3, 4, nothing],
    'corwin_schultz_20.value': [...constant(20, nothing), 1, 2, 3, 0, 1],
    'spread_bp.value': [...constant(20, nothing), 5, 5, 5, 5, 5],
    'dollar_vol_20.value': [...constant(20, nothing), 3, 2, 1, 0, 1],
  }

  it('is the mean of three ranks, with the spread from highs and lows', () => {
    const values = runScripted('liq_stress_v1', inputs, quietBars(25), params)
    expect(values.liq_stress_score?.slice(21)).toEqual([nothing, 1, (1 + 0 + 1) / 3, nothing])
    expect(values.liq_stress_state?.slice(21)).toEqual([nothing, 2, 0, nothing])
  })

  it('takes the spread from quotes where its row says so', () => {
    const values = runScripted('liq_stress_v1', inputs, quietBars(25), { ...params, spread: 'quotes' })
    expect(values.liq_stress_score?.slice(22, 24)).toEqual([2.5 / 3, 2.5 / 3])
  })
})

describeWithShared('states on the daily bars of a share', needsShared, () => {
  const codes = codesOnDays(STATES, 'AAPL')

  it('every declared state occurs, and no other', () => {
    const states = [...codes].filter(([, { unit }]) => unit === 'code')
    // The trend of the short timeframe has no place on a daily bar (its codes are those of trend_state_v1).
    const occurring = states.filter(([name]) => name !== 'trend_mtf_v1.state_short')
    expect(occurring).toHaveLength(15)
    expect(occurring.filter(([, { seen, declared }]) => seen.join() !== declared.join())).toEqual([])
  })
})
