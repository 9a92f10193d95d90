import { describe, expect, it } from '@jest/globals'
import type { ResolvedView } from '../../../catalog/views.ts'
import { applyAll, DAY, row, stageOf, valuesOf, viewOf, viewWith } from './stage.ts'

/** Feeds one value of one field a day and gives the published values of a feature with their imputed bits. */
function publish(view: ResolvedView, id: string, field: string, values: readonly (number | null)[]) {
  const feature = view.features.find((one) => one.id === id)
  if (feature === undefined) throw new Error(`no feature ${id}`)
  const { pack, ordinal } = feature
  const rows = values.map((value, day) => row({ ts: (day + 1) * DAY, [field]: value }))
  const published = valuesOf(applyAll(stageOf(view), rows))
  return {
    values: published.map((value) => value[id]),
    bits: published.map((value) => {
      const mask = value[`imputed_${pack}`] as Buffer
      return ((mask[ordinal >> 3] ?? 0) >> (ordinal & 7)) & 1
    }),
    fillRates: published.map((value) => value.fill_rate),
  }
}

describe('ffill', () => {
  it('fills for max_bars bars, then gives null, and starts anew with the next value', () => {
    const run = [null, 50, null, null, null, null, null, 60, null]
    const { values, bits } = publish(viewOf(), 'rsi_14_value', 'rsi_14__value', run)
    expect(values).toEqual([null, 50, 50, 50, 50, null, null, 60, 60])
    expect(bits).toEqual([0, 0, 1, 1, 1, 0, 0, 0, 1])
  })

  it('never fills during the warm-up', () => {
    const { values, bits } = publish(viewOf(), 'rsi_14_value', 'rsi_14__value', [null, null, null, null])
    expect([values, bits]).toEqual([
      [null, null, null, null],
      [0, 0, 0, 0],
    ])
  })

  it('fills a state with its last code', () => {
    const { values } = publish(viewOf(), 'rsi_14_state', 'rsi_14__value', [29.9, 30, 69.9, 70, null])
    expect(values).toEqual([0, 1, 1, 2, 2])
  })
})

describe('the other policies', () => {
  it('zero gives 0 or false once the feature is warm', () => {
    const { values, bits } = publish(viewOf(), 'volume_value', 'volume__value', [null, 5, null, null, null, null])
    expect([values, bits]).toEqual([
      [null, 5, 0, 0, 0, 0],
      [0, 0, 1, 1, 1, 1],
    ])
    const crossing = publish(viewOf(), 'rsi_14_cross_oversold_event', 'rsi_14__value', [31, 30, 29, null, 29, 31, 20])
    expect(crossing.values).toEqual([null, true, false, false, false, false, true])
    expect(crossing.bits).toEqual([0, 0, 0, 1, 1, 0, 0])
  })

  it('a sentinel gives its value', () => {
    const view = viewWith({ roc_10_value: { missing_policy: 'sentinel', missing_param: '{"value":0.1}' } })
    const { values, bits } = publish(view, 'roc_10_value', 'roc_10__value', [null, 3, null])
    expect([values, bits]).toEqual([
      [null, 3, Math.fround(0.1)],
      [0, 0, 1],
    ])
  })

  it('drop gives null', () => {
    const view = viewWith({ roc_10_value: { missing_policy: 'drop', missing_param: '{}' } })
    const { values, bits } = publish(view, 'roc_10_value', 'roc_10__value', [null, 3, null])
    expect([values, bits]).toEqual([
      [null, 3, null],
      [0, 0, 0],
    ])
  })
})

describe('the range of a feature', () => {
  it('rejects a value outside: it is missing, and never what a later bar is filled with', () => {
    const { values, bits } = publish(viewOf(), 'rsi_14_value', 'rsi_14__value', [50, 100, 100.5, -0.5, null, null])
    expect([values, bits]).toEqual([
      [50, 100, 100, 100, 100, null],
      [0, 0, 1, 1, 1, 0],
    ])
  })

  it('rejects the very first value, which ends the warm-up all the same', () => {
    const view = viewWith({ volume_value: { range_min: '1', state_space: '{"interval":[1,null]}' } })
    expect(publish(view, 'volume_value', 'volume__value', [null, 0, null]).values).toEqual([null, 0, 0])
  })

  it('only flagged or not looked at, keeps the value', () => {
    for (const action of ['flag', 'none']) {
      const view = viewWith({ rsi_14_value: { range_action: action } })
      expect(publish(view, 'rsi_14_value', 'rsi_14__value', [101, -3]).values).toEqual([101, -3])
    }
  })

  it('lets no number through that float32 does not hold', () => {
    const { values } = publish(viewOf(), 'roc_10_value', 'roc_10__value', [2, 1e39])
    expect(values).toEqual([2, 2])
  })
})

describe('a distance in ATR', () => {
  it('is missing where the ATR is 0 or absent', () => {
    const rows = [2, 0, 1e-15, null, 4].map((atr, day) =>
      row({ ts: (day + 1) * DAY, sma_20__value: 10, atr_14__value: atr, close: 12 }),
    )
    const view = viewWith({ sma_20_dist_atr_value: { missing_policy: 'drop', missing_param: '{}' } })
    const published = valuesOf(applyAll(stageOf(view), rows))
    expect(published.map((value) => value.sma_20_dist_atr_value)).toEqual([1, null, null, null, 0.5])
  })
})

describe('slope_z', () => {
  it('needs n + 1 values in a row and is 0 without spread', () => {
    const view = viewWith({
      obv_slope_z_value: { transform_params: '{"n":2}', missing_policy: 'drop', missing_param: '{}' },
    })
    const { values } = publish(view, 'obv_slope_z_value', 'obv__value', [1, 2, 3, null, 5, 6, 7, 9])
    expect(values).toEqual([null, null, 0, null, null, null, 0, Math.fround(3 / (Math.sqrt(0.5) * Math.sqrt(2)))])
  })
})

describe('the fill rate', () => {
  it('is the share of enabled features that are not null, filled ones included', () => {
    const { fillRates } = publish(viewOf(), 'rsi_14_value', 'rsi_14__value', [null, 50, null])
    const enabled = viewOf().features.filter((feature) => feature.enabled).length
    // The value and the state are there at once; the events need a bar before.
    expect(fillRates).toEqual([0, Math.fround(2 / enabled), Math.fround(2 / enabled)])
  })
})
