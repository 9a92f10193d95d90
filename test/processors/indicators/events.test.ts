import { describe, expect, it } from '@jest/globals'
import { codesOnDays, needsShared } from './occurring.ts'
import { constant, quietBars, runScripted, type ScriptedBar } from './scripted.ts'
import { describeWithShared } from './shared-data.ts'

const nothing = Number.NaN

/** Events that bars alone bring. */
const EVENTS = [
  'breakout_flag_v1',
  'candle_pattern_basic_v1',
  'multi_candle_pattern_v1',
  'gap_flag_v1',
  'ma_cross_event_v1',
  'macd_cross_event_v1',
  'new_extreme_event_v1',
  'volume_spike_event_v1',
  'jump_event_v1',
  'cusum_event_v1',
  'rsi_divergence_event_v1',
]

/** A bar from open, high, low and close. */
function candle(open: number, high: number, low: number, close: number): ScriptedBar {
  return { open, high, low, close }
}

describe('breakout_flag_v1', () => {
  const run = (closes: readonly number[], atr = 4) => {
    const length = closes.length
    const inputs = {
      'range_high_20.value': [...constant(19, nothing), ...constant(length - 19, 110)],
      'range_low_20.value': [...constant(19, nothing), ...constant(length - 19, 90)],
      'atr_14.value': [...constant(14, nothing), ...constant(length - 14, atr)],
    }
    return runScripted(
      'breakout_flag_v1',
      inputs,
      closes.map((close) => ({ close })),
    )
  }

  it('is a close 0.25 ATRs beyond the range of the bar before, on the first such bar', () => {
    const values = run([...constant(21, 100), 111, 112, 113, 100, 88, 112])
    expect(values.up?.slice(20)).toEqual([nothing, 0, 1, 0, 0, 0, 1])
    expect(values.down?.slice(20)).toEqual([nothing, 0, 0, 0, 0, 1, 0])
    expect(values.strength?.slice(21)).toEqual([0, 0.5, 0, 0, -0.5, 0.5])
    expect(values.bars_since_up?.slice(21)).toEqual([252, 0, 1, 2, 3, 0])
    expect(values.bars_since_down?.slice(21)).toEqual([252, 252, 252, 252, 0, 1])
  })

  it('is none where the bar before, the first with a range, was beyond it', () => {
    expect(run([...constant(20, 100), 120, 120, 100, 120]).up?.slice(20)).toEqual([nothing, 0, 0, 1])
  })

  it('stops counting at 252 bars', () => {
    const values = run([...constant(21, 100), 112, ...constant(260, 100)])
    expect(values.bars_since_up?.slice(271, 276)).toEqual([250, 251, 252, 252, 252])
  })

  it('has no strength without an ATR', () => {
    const values = run([...constant(21, 100), 112], 0)
    expect([values.up?.[21], values.strength?.[21]]).toEqual([1, 0])
  })
})

describe('gap_flag_v1', () => {
  const atr = { 'atr_14.value': [...constant(14, nothing), ...constant(10, 4)] }
  const run = (bars: readonly ScriptedBar[]) => runScripted('gap_flag_v1', atr, [...quietBars(15), ...bars])

  it('on 1d looks at every bar', () => {
    const values = run([candle(102, 103, 99, 100), candle(98, 101, 97, 100), candle(101, 101, 100, 100)])
    expect(values.up?.slice(14)).toEqual([nothing, 1, 0, 0])
    expect(values.down?.slice(14)).toEqual([nothing, 0, 1, 0])
    expect(values.size_atr?.slice(15)).toEqual([0.5, -0.5, 0.25])
  })

  it('within the day looks at the first bar of a session, and needs to know the session', () => {
    const bar = (session: number): ScriptedBar => ({ ...candle(102, 103, 99, 100), timeframe: '5m', session })
    const values = run([bar(nothing), bar(7), bar(7), bar(8), bar(8)])
    expect(values.size_atr?.slice(15)).toEqual([nothing, nothing, 0, 0.5, 0])
    expect(values.up?.slice(17)).toEqual([0, 1, 0])
  })

  it('within the day finds the first bar of a session behind bars outside of any', () => {
    const bar = (session: number): ScriptedBar => ({ ...candle(102, 103, 99, 100), timeframe: '5m', session })
    const values = run([bar(7), bar(nothing), bar(8), bar(nothing), bar(nothing), bar(8), bar(9)])
    expect(values.size_atr?.slice(15)).toEqual([nothing, nothing, 0.5, nothing, nothing, 0, 0.5])
  })
})

describe('ma_cross_event_v1', () => {
  it('is a change of sign of the difference, and counts bars since', () => {
    const slow = [...constant(199, nothing), ...constant(7, 100)]
    const fast = [...constant(199, nothing), 99, 99, 101, 102, 100, 99, 98]
    const values = runScripted('ma_cross_event_v1', { 'sma_50.value': fast, 'sma_200.value': slow }, quietBars(206))
    expect(values.golden?.slice(199)).toEqual([nothing, 0, 1, 0, 0, 0, 0])
    expect(values.death?.slice(200)).toEqual([0, 0, 0, 0, 1, 0])
    expect(values.gap_pct?.slice(200)).toEqual([-1, 1, 2, 0, -1, -2])
    expect(values.bars_since?.slice(200)).toEqual([252, 0, 1, 2, 0, 1])
  })
})

describe('macd_cross_event_v1', () => {
  it('is a change of sign of the histogram', () => {
    const histogram = [...constant(33, nothing), -1, 0, 1, 1, 0, -1]
    const values = runScripted('macd_cross_event_v1', { 'macd_12_26_9.hist': histogram }, quietBars(39))
    expect(values.up?.slice(33)).toEqual([nothing, 0, 1, 0, 0, 0])
    expect(values.down?.slice(33)).toEqual([nothing, 0, 0, 0, 0, 1])
  })
})

describe('new_extreme_event_v1', () => {
  it('is a close beyond all of the 252 bars before', () => {
    // 120 at bar 2 is within the 252 bars before bar 254, and not before bar 255.
    const closes = [100, 99, 120, ...constant(250, 100), 101, 120, 119, 98]
    const values = runScripted(
      'new_extreme_event_v1',
      {},
      closes.map((close) => ({ close })),
    )
    expect(values.new_high?.slice(251)).toEqual([nothing, 0, 0, 0, 0, 0])
    expect(values.new_low?.slice(252)).toEqual([0, 0, 0, 0, 1])
    const later = runScripted(
      'new_extreme_event_v1',
      {},
      [100, 99, 120, ...constant(252, 100), 101].map((close) => ({ close })),
    )
    expect(later.new_high?.at(-1)).toBe(1)
  })
})

describe('volume_spike_event_v1', () => {
  it('is the bar on which the z-score reaches 2, by the sign of its return', () => {
    const score = [...constant(19, nothing), 2, 2, 1, 2, 3, 1, 2.5, 1, 2]
    const closes = [...constant(22, 100), 101, 102, 102, 101, 101, 101]
    const values = runScripted(
      'volume_spike_event_v1',
      { 'vol_z_20.value': score },
      closes.map((close) => ({ close })),
    )
    expect(values.up?.slice(19)).toEqual([nothing, 0, 0, 1, 0, 0, 0, 0, 0])
    expect(values.down?.slice(20)).toEqual([0, 0, 0, 0, 0, 1, 0, 0])
  })
})

describe('jump_event_v1', () => {
  it('measures the return by the bipower volatility of the bar before', () => {
    const volatility = [...constant(20, nothing), 0.01, 9, 0, 0.01]
    const closes = [...constant(21, 100), 100 * Math.exp(0.041), 100, 100, 90]
    const values = runScripted(
      'jump_event_v1',
      { 'bipower_20.bv_vol': volatility },
      closes.map((close) => ({ close })),
    )
    expect(values.stat?.[21]).toBeCloseTo(4.1, 12)
    expect(values.stat?.[23]).toBe(0)
    expect(values.up?.slice(20)).toEqual([nothing, 1, 0, 0, 0])
    expect(values.down?.slice(20)).toEqual([nothing, 0, 0, 0, 1])
  })
})

describe('cusum_event_v1', () => {
  it('adds returns up until three volatilities, and starts again', () => {
    const volatility = [...constant(20, nothing), ...constant(6, 0.01)]
    const returns = [...constant(20, 0), 0, 0.02, 0.015, -0.02, -0.011, 0.001]
    let price = 100
    const bars = returns.map((change) => {
      price *= Math.exp(change)
      return { close: price }
    })
    const values = runScripted('cusum_event_v1', { 'ewma_vol_094.value': volatility }, bars)
    expect(values.up?.slice(20)).toEqual([nothing, 0, 1, 0, 0, 0])
    expect(values.down?.slice(20)).toEqual([nothing, 0, 0, 0, 1, 0])
    expect(values.pos?.[21]).toBeCloseTo(0.02, 12)
    expect(values.pos?.slice(22, 25)).toEqual([0, 0, 0])
    expect(values.neg?.[23]).toBeCloseTo(-0.02, 12)
    expect(values.neg?.[24]).toBe(0)
  })
})

describe('rsi_divergence_event_v1', () => {
  type Pivot = { readonly price: number; readonly rsi: number }

  /** Swings of one kind, by the bar that confirms them. */
  const run = (kind: 'high' | 'low', pivots: Readonly<Record<number, Pivot>>, length: number) => {
    const bars = quietBars(length)
    const at = (index: number) => pivots[index]
    const inputs = {
      'swing_low_5.value': constant(length, 0),
      'swing_low_5.price': constant(length, nothing),
      'swing_high_5.value': constant(length, 0),
      'swing_high_5.price': constant(length, nothing),
      [`swing_${kind}_5.value`]: bars.map((_, index) => (at(index) === undefined ? 0 : 1)),
      [`swing_${kind}_5.price`]: bars.map((_, index) => at(index)?.price ?? nothing),
      'rsi_14.value': bars.map((_, index) => at(index + 2)?.rsi ?? 50),
    }
    return runScripted('rsi_divergence_event_v1', inputs, bars)
  }
  const events = (values: readonly number[] | undefined) =>
    values?.flatMap((value, index) => (value === 1 ? [index] : []))

  it('is a lower low with a higher RSI at its pivot, by two points or more', () => {
    const { bull, bear } = run(
      'low',
      {
        35: { price: 90, rsi: 30 },
        40: { price: 89, rsi: 32 },
        45: { price: 88, rsi: 33 },
        50: { price: 88.5, rsi: 40 },
      },
      55,
    )
    expect(events(bull)).toEqual([40])
    expect(events(bear)).toEqual([])
    expect(bull?.slice(28, 30)).toEqual([nothing, 0])
  })

  it('mirrors at highs', () => {
    const { bull, bear } = run('high', { 35: { price: 110, rsi: 70 }, 40: { price: 111, rsi: 68 } }, 45)
    expect(events(bull)).toEqual([])
    expect(events(bear)).toEqual([40])
  })

  it('compares pivots at most 60 bars apart, and needs a pivot before', () => {
    const first = { price: 90, rsi: 30 }
    const second = { price: 80, rsi: 60 }
    expect(events(run('low', { 35: first, 95: second }, 100).bull)).toEqual([95])
    expect(events(run('low', { 35: first, 96: second }, 100).bull)).toEqual([])
    expect(events(run('low', { 35: { price: -5, rsi: 90 } }, 40).bull)).toEqual([])
  })
})

describeWithShared('events on the daily bars of a share', needsShared, () => {
  const codes = codesOnDays(EVENTS, 'AAPL')

  it('every flag is raised, and is raised on some bars only', () => {
    const flags = [...codes].filter(([, { unit }]) => unit === 'flag')
    expect(flags).toHaveLength(29)
    expect(flags.filter(([, { seen }]) => seen.join() !== '0,1')).toEqual([])
  })
})
