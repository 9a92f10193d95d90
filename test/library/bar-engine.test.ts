import { describe, expect, it } from '@jest/globals'
import { loadCatalog } from '../../catalog/indicators.ts'
import { createEngine, type EngineBar } from '../../library/index.ts'
import { createBarInput } from '../../processors/indicators/bar.ts'
import { computableRows } from '../../processors/indicators/choose-rows.ts'
import { createIndicatorEngine } from '../../processors/indicators/engine.ts'

const bars: readonly EngineBar[] = Array.from({ length: 90 }, (_, index) => {
  const open = 100 + 10 * Math.sin(index / 7)
  const close = 100 + 10 * Math.sin((index + 1) / 7) + Math.sin(index * index)
  return { open, high: Math.max(open, close) + 1, low: Math.min(open, close) - 1, close, volume: 1_000 + index }
})

const indicators = ['rsi_14', 'macd_12_26_9', 'ret_path_vec_v1', 'trend_state_v1'] as const
const make = () => createEngine({ timeframe: '1d', indicators })

describe('the library engine', () => {
  it('has the values of the engine of the chain, for all indicators', () => {
    const rows = computableRows(loadCatalog())
    const inner = createIndicatorEngine(rows)
    const state = inner.createState()
    const out = new Float64Array(inner.columns.length)
    const engine = createEngine({ timeframe: '1d' })
    for (const bar of bars) {
      inner.step(state, { ...createBarInput(inner.sideFields.length), ...bar }, out)
      const values: Readonly<Record<string, unknown>> = engine.push(bar)
      inner.columns.forEach(({ name, component }, index) => {
        const wanted = out[index] ?? Number.NaN
        if (component === undefined) expect(values[name]).toBe(Number.isNaN(wanted) ? null : wanted)
        else expect((values[name] as number[] | null)?.[component] ?? Number.NaN).toBe(Math.fround(wanted))
      })
    }
    expect(engine.outputs.map(({ name }) => name)).toEqual([...new Set(inner.columns.map(({ name }) => name))])
  })

  it('types values by name', () => {
    const engine = make()
    const values = engine.push({ open: 1, high: 2, low: 1, close: 2, volume: 1 })
    const rsi: number | null = values['rsi_14.value']
    const path: readonly number[] | null = values['ret_path_vec_v1.vec']
    expect([rsi, path]).toEqual([null, null])
    // @ts-expect-error: not an output of the indicators asked for.
    expect(values['sma_20.value']).toBeUndefined()
    // @ts-expect-error: not an indicator.
    expect(() => createEngine({ timeframe: '1d', indicators: ['rsi14'] })).toThrow(/did you mean rsi_14/)
    expect(Object.keys(values)).toEqual(engine.outputs.map(({ name }) => name))
  })

  it('replaces a growing bar as if only its last version had come', () => {
    const [whole, growing] = [make(), make()]
    for (const bar of bars) {
      const expected = whole.push(bar)
      growing.push({ ...bar, high: bar.open, low: bar.open, close: bar.open, volume: 0 })
      growing.replace({ ...bar, close: bar.low })
      expect(growing.replace(bar)).toEqual(expected)
    }
  })

  it('goes on from a snapshot, which later bars do not change', () => {
    const [engine, other] = [make(), make()]
    for (const bar of bars.slice(0, 50)) engine.push(bar)
    const snapshot = engine.snapshot()
    const expected = bars.slice(50).map((bar) => engine.push(bar))
    for (const bar of bars) other.push(bar)
    other.restore(snapshot)
    expect(() => other.replace(bars[0] as EngineBar)).toThrow(/push/)
    expect(bars.slice(50).map((bar) => other.push(bar))).toEqual(expected)
    expect(() => createEngine({ timeframe: '1d', indicators: ['sma_20'] }).restore(snapshot)).toThrow(/layout/)
  })

  it('does not jump at a split', () => {
    const [plain, split] = [make(), make()]
    const halved = (bar: EngineBar) => {
      const { open, high, low, close, volume } = bar
      return { open: open / 2, high: high / 2, low: low / 2, close: close / 2, volume: volume * 2 }
    }
    for (const bar of bars.slice(0, 60)) {
      plain.push(bar)
      split.push(bar)
    }
    split.split(2)
    for (const bar of bars.slice(60)) {
      expect(split.push(halved(bar))['rsi_14.value']).toBe(plain.push(bar)['rsi_14.value'])
    }
  })

  it('takes sessions and values from outside', () => {
    const engine = createEngine({ timeframe: '1h', indicators: ['session_clock', 'spread_bp'], calendar: 'CRYPTO' })
    const openTime = Date.UTC(2024, 0, 3, 5)
    const bar = { open: 1, high: 1, low: 1, close: 1, volume: 1 }
    expect(engine.outsideFields).toEqual(['quote.bid', 'quote.ask'])
    const outside = { 'quote.bid': 99, 'quote.ask': 101 }
    const values = engine.push({ ...bar, openTime, closeTime: openTime + 3_600_000, outside })
    expect(values).toMatchObject({ 'session_clock.bar_of_session': 5, 'session_clock.dow': 2, 'spread_bp.value': 200 })
    expect(engine.push(bar)).toMatchObject({ 'session_clock.bar_of_session': null, 'spread_bp.value': null })
  })

  it.each([
    [{ open: 0 }, /open is 0: a price must be above zero/],
    [{ close: Number.NaN }, /close is NaN/],
    [{ high: 1, low: 2, open: 1, close: 1 }, /high 1 is below low 2/],
    [{ volume: -1 }, /volume is -1/],
    [{ openTime: 2, closeTime: 1 }, /openTime 2 is not before closeTime 1/],
  ])('refuses %j', (change, message) => {
    const engine = make()
    const good = { open: 1, high: 2, low: 1, close: 2, volume: 1 }
    expect(() => engine.push({ ...good, ...change })).toThrow(message)
    expect(() => engine.replace(good)).toThrow(/no bar to replace/)
  })

  it('names what it does not know', () => {
    expect(() => createEngine({ timeframe: '1d', calendar: 'NYSE' })).toThrow(/no calendar NYSE, only .*XNYS/)
    const untyped = createEngine as (options: unknown) => unknown
    expect(() => untyped({ timeframe: '2h' })).toThrow(/timeframe 2h is not one of 1m/)
    expect(() => untyped({ timeframe: '1d', indicators: 'rsi_14' })).toThrow(/indicators is no array/)
    const push = make().push as (bar: unknown) => unknown
    expect(() => push({ open: '1', high: 2, low: 1, close: 2, volume: 1 })).toThrow(
      /open is no number but of type string/,
    )
  })
})
