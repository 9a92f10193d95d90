import { describe, expect, test } from '@jest/globals'
import { midRanks } from '../../../processors/breadth/mid-rank.ts'
import { crossFold, instrumentsOf, rowOf, symbols } from './cross-cases.ts'

const { NaN: none } = Number

/** All inputs of xs_rank_v1 of a warm symbol. */
const warm = (value: number) => ({
  ret_5__value: value,
  ret_20__value: -value,
  rsi_14__value: 50 + value,
  realized_vol_20__value: 0.2,
  amihud_20__value: value,
  dollar_vol_20__value: 1000 * value,
})

describe('mid-ranks', () => {
  test('are 0 for the smallest, 1 for the largest, and shared by what is equal', () => {
    expect([...midRanks(Float64Array.of(3, 1, 2, 2, none))]).toEqual([1, 0, 0.5, 0.5, none])
    expect([...midRanks(Float64Array.of(7, 7, 7))]).toEqual([0.5, 0.5, 0.5])
  })

  test('are of no use to one value alone, or to fewer than asked for', () => {
    expect([...midRanks(Float64Array.of(3, none))]).toEqual([none, none])
    expect([...midRanks(Float64Array.of(1, 2), 3)]).toEqual([none, none])
  })
})

describe('xs_rank_v1', () => {
  const row = rowOf('xs_rank_v1')

  test('ranks each input among the members', () => {
    const given = crossFold([row]).take(symbols(11, (i) => warm(i)))
    expect(given?.of.A).toMatchObject({ xs_rank_v1__ret_5: 0, xs_rank_v1__ret_20: 1, xs_rank_v1__realized_vol_20: 0.5 })
    expect(given?.of.K).toMatchObject({ xs_rank_v1__ret_5: 1, xs_rank_v1__rsi_14: 1, xs_rank_v1__coverage: 1 })
    expect(given?.of.D?.xs_rank_v1__dollar_vol_20).toBe(0.3)
  })

  test('leaves out a member that is not warm, and an input that its own rule leaves out', () => {
    const values = symbols(12, (i) => warm(i))
    const cold = { ...values, L: { ret_5__value: 99 }, K: { ...warm(10), amihud_20__value: none } }
    const given = crossFold([row]).take(cold)
    expect(given?.of.L?.xs_rank_v1__ret_5).toBe(none)
    expect(given?.of.L?.xs_rank_v1__coverage).toBe(none)
    expect(given?.of.K).toMatchObject({ xs_rank_v1__ret_5: 1, xs_rank_v1__amihud_20: none })
    expect(given?.of.J).toMatchObject({
      xs_rank_v1__ret_5: 0.9,
      xs_rank_v1__amihud_20: 1,
      xs_rank_v1__coverage: 11 / 12,
    })
  })

  test('is null below ten members', () => {
    const given = crossFold([row]).take(symbols(9, (i) => warm(i)))
    expect(new Set(Object.values(given?.of.A ?? {}))).toEqual(new Set([none]))
  })

  test('is computed for 1h too', () => {
    expect(crossFold([row], { timeframe: '1h' }).take(symbols(10, warm))?.of.J?.xs_rank_v1__ret_5).toBe(1)
    expect(crossFold([row], { timeframe: '1w' }).take(symbols(10, warm))?.of.J?.xs_rank_v1__ret_5).toBe(none)
  })
})

describe('sector_rel_v1', () => {
  const row = rowOf('sector_rel_v1')
  const tech = Object.fromEntries(['A', 'B', 'C', 'D', 'E', 'F'].map((symbol) => [symbol, 'tech']))
  const instruments = instrumentsOf({ ...tech, G: 'energy' })
  const returns = (i: number) => ({ ret_20__value: i / 10, realized_vol_20__value: 0.2 })

  test('takes the median of the others of the sector off', () => {
    const given = crossFold([row], { instruments }).take(symbols(7, returns))
    // The others of A have 0.1 to 0.5, those of C 0, 0.1, 0.3, 0.4, 0.5.
    expect(given?.of.A?.sector_rel_v1__rel_ret_20).toBeCloseTo(-0.3, 12)
    expect(given?.of.C?.sector_rel_v1__rel_ret_20).toBeCloseTo(-0.1, 12)
    expect(given?.of.F?.sector_rel_v1__rel_z).toBeCloseTo(0.3 / (0.2 * Math.sqrt(20 / 252)), 12)
    const hourly = crossFold([row], { instruments, timeframe: '1h' }).take(symbols(7, returns))
    expect(hourly?.of.F?.sector_rel_v1__rel_z).toBeCloseTo(0.3 / (0.2 * Math.sqrt(20 / 1638)), 12)
  })

  test('is null with fewer than five peers, without a sector, and rel_z without volatility', () => {
    const fold = crossFold([row], { instruments })
    const given = fold.take(symbols(8, (i) => (i === 1 ? { ...returns(i), realized_vol_20__value: 0 } : returns(i))))
    expect(given?.of.G?.sector_rel_v1__rel_ret_20).toBe(none)
    expect(given?.of.H?.sector_rel_v1__rel_ret_20).toBe(none)
    expect(given?.of.B?.sector_rel_v1__rel_ret_20).toBeCloseTo(-0.2, 12)
    expect(given?.of.B?.sector_rel_v1__rel_z).toBe(none)
    expect(fold.take(symbols(5, returns))?.of.A?.sector_rel_v1__rel_ret_20).toBe(none)
  })
})

describe('valuation_percentile_v1', () => {
  const row = rowOf('valuation_percentile_v1')
  const value = (i: number) => ({ earnings_yield_ttm__value: i / 100, pb__value: 10 - i })
  const percentile = (given: ReturnType<ReturnType<typeof crossFold>['take']>, symbol: string) =>
    given?.of[symbol]?.valuation_percentile_v1__valuation_percentile

  test('is 0 for the cheapest and 1 for the dearest of the universe', () => {
    const given = crossFold([row]).take(symbols(5, value))
    expect([percentile(given, 'A'), percentile(given, 'C'), percentile(given, 'E')]).toEqual([1, 0.5, 0])
  })

  test('ranks within the sector once eight of it have the figure', () => {
    const sectors = Object.fromEntries('CDEFGHIJ'.split('').map((symbol) => [symbol, 'tech']))
    const given = crossFold([row], { instruments: instrumentsOf(sectors) }).take(symbols(10, value))
    expect([percentile(given, 'C'), percentile(given, 'J'), percentile(given, 'A')]).toEqual([1, 0, 1])
    const seven = crossFold([row], { instruments: instrumentsOf(sectors) }).take(symbols(9, value))
    expect(percentile(seven, 'C')).toBe(1 - 2 / 8)
  })

  test('takes the one rank that there is, and is null without any', () => {
    const values = { A: value(1), B: value(2), C: { pb__value: 7 }, D: {} }
    const given = crossFold([row]).take(values)
    expect([percentile(given, 'C'), percentile(given, 'D')]).toEqual([0, none])
  })
})

describe('fund_quality_score_v1', () => {
  test('is the mean of three ranks or more, less debt being better', () => {
    const figures = (i: number) => ({
      eps_growth_yoy__value: i,
      rev_growth_yoy__value: i,
      debt_to_equity__value: 9 - i,
      earnings_yield_ttm__value: 0.05,
    })
    const values = { ...symbols(3, figures), D: { div_yield__value: 0.03, eps_growth_yoy__value: 9 } }
    const given = crossFold([rowOf('fund_quality_score_v1')]).take(values)
    const score = (symbol: string) => given?.of[symbol]?.fund_quality_score_v1__fund_quality_score
    expect(score('A')).toBe((0 + 0 + 0 + 0.5) / 4)
    expect(score('C')).toBeCloseTo((2 / 3 + 1 + 1 + 0.5) / 4, 15)
    expect(score('D')).toBe(none)
  })
})

describe('rows measured against the benchmark', () => {
  const rows = [rowOf('beta_market_60'), rowOf('market_resid_v1')]

  /** A symbol that moves by twice the benchmark, and now and then has none. */
  const run = (bars: number, edit: (i: number, bar: Record<string, number>) => Record<string, number>, silent = -1) => {
    const fold = crossFold(rows)
    let [own, market] = [64, 128]
    let last: ReturnType<typeof fold.take>
    for (let i = 0; i < bars; i += 1) {
      const move = i % 3 === 0 ? 1 / 32 : -1 / 64
      market *= 1 + move
      own *= 1 + 2 * move
      const bar = { open: own, high: own, low: own, close: own }
      last = fold.take({ A: edit(i, bar), ...(i === silent ? {} : { SPX: { close: market } }) })
    }
    return last?.of.A
  }

  test('have the beta, correlation and residual of the pairs', () => {
    const given = run(61, (_, bar) => bar)
    expect(given?.beta_market_60__value).toBeCloseTo(2, 10)
    expect(given?.market_resid_v1__corr_60).toBeCloseTo(1, 10)
    expect(given?.market_resid_v1__idio_vol_60).toBeCloseTo(0, 6)
    expect(run(60, (_, bar) => bar)?.beta_market_60__value).toBe(none)
  })

  test('are null at a barrier without the benchmark, and go on after it', () => {
    expect(run(70, (_, bar) => bar, 69)?.beta_market_60__value).toBe(none)
    // The move over both sessions is one pair, so the beta is no longer exactly 2.
    expect(run(71, (_, bar) => bar, 69)?.beta_market_60__value).toBeCloseTo(2, 2)
  })

  test('do not see a split of the symbol or of the benchmark', () => {
    const split = (i: number, bar: Record<string, number>): Record<string, number> => {
      const halved = Object.fromEntries(Object.entries(bar).map(([name, price]) => [name, price / 2]))
      return i < 65 ? bar : { ...halved, split_factor: i === 65 ? 2 : 1 }
    }
    expect(run(70, split)).toEqual(run(70, (_, bar) => bar))
    const fold = crossFold(rows)
    const whole = crossFold(rows)
    for (let i = 0; i < 70; i += 1) {
      const close = 100 + (i % 5)
      const after = i < 65 ? { close } : { close: close / 2, split_factor: i === 65 ? 2 : 1 }
      expect(fold.take({ A: { close: 50 + (i % 7) }, SPX: after })).toEqual(
        whole.take({ A: { close: 50 + (i % 7) }, SPX: { close } }),
      )
    }
  })
})
