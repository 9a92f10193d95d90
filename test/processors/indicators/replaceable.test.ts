import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { loadIndicatorCatalog } from '../../../catalog/indicators.ts'
import { type BarInput, createBarInput } from '../../../processors/indicators/bar.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import { createReplaceable } from '../../../processors/indicators/replaceable.ts'
import { type Candle, candles, cleanMarkets } from './candles.ts'

const engine = createIndicatorEngine(loadIndicatorCatalog())

const inputOf = (candle: Candle): BarInput => Object.assign(createBarInput(engine.sideFields.length), candle)

const bytesOf = ({ buffer }: Float64Array): Buffer => Buffer.from(buffer)

describe('a state whose newest bar may change', () => {
  test('is after any replacements what it is if only the last versions had come', () => {
    const versions = fc.tuple(
      cleanMarkets(60),
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 60, maxLength: 60 }),
    )
    fc.assert(
      fc.property(versions, ([market, counts]) => {
        const bars = candles(market)
        const changing = createReplaceable(engine)
        const state = engine.createState()
        const row = new Float64Array(engine.columns.length)
        for (const [index, bar] of bars.entries()) {
          const count = counts[index] ?? 0
          for (let version = 0; version <= count; version += 1) {
            const drift = 1 + (count - version) / 64
            const shown = { ...bar, high: bar.high * drift, close: bar.close * drift, volume: bar.volume / drift }
            if (version === 0) changing.push(inputOf(shown))
            else changing.replace(inputOf(shown))
          }
          engine.step(state, inputOf(bar), row)
          expect(bytesOf(changing.state).equals(bytesOf(state))).toBe(true)
          expect(bytesOf(changing.values).equals(bytesOf(row))).toBe(true)
        }
      }),
      { numRuns: 10 },
    )
  })

  test('stays as it was when a bar is refused', () => {
    const [first, second] = candles({ seed: 1, length: 2, flat: 0, silent: 0 })
    if (first === undefined || second === undefined) throw new Error('no bars')
    const changing = createReplaceable(engine)
    expect(() => changing.replace(inputOf(first))).toThrow('no bar to replace')
    changing.push(inputOf(first))
    const before = [changing.state.slice(), changing.values.slice()]
    const bad = inputOf({ ...second, close: Number.NaN })
    expect(() => changing.push(bad)).toThrow(RangeError)
    expect(() => changing.replace(bad)).toThrow(RangeError)
    expect([changing.state, changing.values]).toEqual(before)
  })

  test('takes a split between a bar and its replacement', () => {
    const bars = candles({ seed: 2, length: 40, flat: 0, silent: 0 })
    const changing = createReplaceable(engine)
    const state = engine.createState()
    const row = new Float64Array(engine.columns.length)
    const last = bars.length - 1
    for (const [index, bar] of bars.entries()) {
      if (index === last) engine.rescale(state, 2)
      if (index < last) engine.step(state, inputOf(bar), row)
      changing.push(inputOf(bar))
    }
    const halved = inputOf({ open: 10, high: 12, low: 9, close: 11, volume: 5 })
    changing.rescale(2)
    changing.replace(halved)
    engine.step(state, halved, row)
    expect(changing.state).toEqual(state)
    expect(changing.values).toEqual(row)
  })
})
