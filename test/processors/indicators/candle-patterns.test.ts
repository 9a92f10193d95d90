import { describe, expect, it } from '@jest/globals'
import { constant, runScripted, type ScriptedBar } from './scripted.ts'

const nothing = Number.NaN

/** A bar from open, high, low and close. */
function candle(open: number, high: number, low: number, close: number): ScriptedBar {
  return { open, high, low, close }
}

/** Names of the flags that a bar raises. */
function raised(values: Readonly<Record<string, readonly number[]>>, index: number): string[] {
  return Object.keys(values).filter((name) => values[name]?.[index] === 1)
}

describe('candle_pattern_basic_v1', () => {
  /** What the last of the bars raises. Range 10 is that of the average bar unless said otherwise. */
  const raisedBy = (bar: ScriptedBar, contextClose = 100, atr = 10) => {
    const { open = 0, high = 0, low = 0, close = 0 } = bar
    const range = high - low
    const share = (part: number, none = 0) => [...constant(20, nothing), range === 0 ? none : part / range]
    const inputs = {
      'candle_body_pct.value': share(Math.abs(close - open)),
      'upper_wick_pct.value': share(high - Math.max(open, close)),
      'lower_wick_pct.value': share(Math.min(open, close) - low),
      'close_pos_pct.value': share(close - low, 0.5),
      'atr_14.value': [...constant(14, nothing), ...constant(7, atr)],
    }
    const before = constant(20, contextClose).map((price) => ({ close: price }))
    return raised(runScripted('candle_pattern_basic_v1', inputs, [...before, bar]), 20)
  }

  it('a doji has hardly a body', () => {
    expect(raisedBy(candle(100, 105, 95, 101))).toEqual(['is_doji'])
    expect(raisedBy(candle(100, 105, 95, 101.5))).toEqual([])
    expect(raisedBy(candle(100, 100, 100, 100))).toEqual([])
  })

  it('a pinbar has one long wick, and is a hammer or a shooting star by what came before', () => {
    expect(raisedBy(candle(98, 100, 90, 100), 99)).toEqual(['is_pinbar_bull'])
    expect(raisedBy(candle(98, 100, 90, 100), 101)).toEqual(['is_pinbar_bull', 'is_hammer'])
    expect(raisedBy(candle(102, 110, 100, 100), 101)).toEqual(['is_pinbar_bear'])
    expect(raisedBy(candle(102, 110, 100, 100), 99)).toEqual(['is_pinbar_bear', 'is_shooting_star'])
  })

  it('a strong candle is long and closes at its end', () => {
    expect(raisedBy(candle(91, 100, 90, 99))).toEqual(['is_strong_bull'])
    expect(raisedBy(candle(99, 100, 90, 91))).toEqual(['is_strong_bear'])
    expect(raisedBy(candle(90, 100, 90, 98))).toEqual([])
  })

  it('a small candle is at most a doji', () => {
    expect(raisedBy(candle(91, 100, 90, 99), 100, 41)).toEqual([])
    expect(raisedBy(candle(91, 100, 90, 99), 100, 40)).toEqual(['is_strong_bull'])
  })
})

describe('multi_candle_pattern_v1', () => {
  const raisedBy = (bars: readonly ScriptedBar[]) => {
    const bodies = bars.map(({ open = 0, high = 0, low = 0, close = 0 }) => Math.abs(close - open) / (high - low))
    return raised(runScripted('multi_candle_pattern_v1', { 'candle_body_pct.value': bodies }, bars), bars.length - 1)
  }
  const any = candle(100, 101, 99, 100)

  it('engulfs the body of the bar before, and must be longer', () => {
    expect(raisedBy([any, candle(102, 103, 99, 100), candle(99, 104, 98, 103)])).toEqual(['is_engulfing_bull'])
    expect(raisedBy([any, candle(100, 103, 99, 102), candle(103, 104, 98, 99)])).toEqual(['is_engulfing_bear'])
    expect(raisedBy([any, candle(102, 103, 99, 100), candle(100, 104, 98, 102)])).toEqual([])
  })

  it('a star is a long body, a small one, and one that takes half of the first back', () => {
    expect(raisedBy([candle(110, 111, 99, 100), candle(99, 100, 97, 98), candle(99, 106, 98, 105)])).toEqual([
      'is_morning_star',
    ])
    expect(raisedBy([candle(100, 111, 99, 110), candle(111, 113, 110, 112), candle(111, 112, 104, 105)])).toEqual([
      'is_evening_star',
    ])
    expect(raisedBy([candle(110, 111, 99, 100), candle(99, 100, 97, 98), candle(99, 106, 98, 104)])).toEqual([])
  })
})
