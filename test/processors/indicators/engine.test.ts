import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { CatalogError } from '../../../catalog/catalog-error.ts'
import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { loadIndicatorCatalog } from '../../../catalog/indicators.ts'
import { createBarInput } from '../../../processors/indicators/bar.ts'
import { defineIndicator, type IndicatorDefinition } from '../../../processors/indicators/definition.ts'
import { createIndicatorEngine, indicatorDependencies } from '../../../processors/indicators/engine.ts'
import { INDICATOR_DEFINITIONS } from '../../../processors/indicators/registry.ts'
import { put, windowSum } from '../../../processors/indicators/ring.ts'
import { afterSplit, candles, run, stepOne } from './candles.ts'

const catalog = loadIndicatorCatalog()

function rowOf(id: string, changes: Partial<IndicatorRow> = {}): IndicatorRow {
  const row = catalog.find((candidate) => candidate.id === id)
  if (row === undefined) throw new Error(`no row ${id}`)
  return { ...row, ...changes }
}

function refusal(rows: readonly IndicatorRow[], definitions?: readonly IndicatorDefinition[]): CatalogError {
  try {
    createIndicatorEngine(rows, definitions === undefined ? {} : { definitions })
  } catch (error) {
    if (error instanceof CatalogError) return error
    throw error
  }
  throw new Error('the engine started')
}

describe('columns', () => {
  it('are in catalog order, each named by indicator and output', () => {
    const { columns } = createIndicatorEngine(catalog)
    expect(columns.map(({ name }) => name)).toEqual(
      catalog.flatMap(({ id, outputs }) => outputs.map(({ name }) => `${id}.${name}`)),
    )
    expect(columns.filter(({ indicatorId }) => indicatorId === 'macd_12_26_9')).toEqual(
      ['line', 'signal', 'hist'].map((output) => ({
        indicatorId: 'macd_12_26_9',
        output,
        name: `macd_12_26_9.${output}`,
        field: `macd_12_26_9__${output}`,
        unit: 'price',
        dtype: 'float64',
      })),
    )
  })

  it('keep the order of the rows when a row comes before its dependency', () => {
    const rows = [rowOf('stoch_d_14_3_3'), rowOf('stoch_k_14_3')]
    const engine = createIndicatorEngine(rows)
    const bars = candles({ seed: 3, length: 40, flat: 0, silent: 0 })
    const swapped = run(createIndicatorEngine([...rows].reverse()), bars)
    expect(engine.columns.map(({ indicatorId }) => indicatorId)).toEqual(['stoch_d_14_3_3', 'stoch_k_14_3'])
    expect(run(engine, bars).map(([d, k]) => [k, d])).toEqual(swapped.map((row) => [...row]))
  })
})

describe('a catalog that cannot be honoured', () => {
  it.each([
    ['an id that nothing computes', [rowOf('sma_20', { id: 'sma_21' })], 'CATALOG_NOT_IMPLEMENTED', 'sma_21'],
    ['an unknown parameter', [rowOf('atr_14', { params: { window: 14, wndow: 9 } })], 'CATALOG_PARAMETER', 'atr_14'],
    ['a parameter missing', [rowOf('atr_14', { params: {} })], 'CATALOG_PARAMETER', 'atr_14'],
    ['a window of zero', [rowOf('atr_14', { params: { window: 0 } })], 'CATALOG_PARAMETER', 'atr_14'],
    ['a dependency that is not there', [rowOf('stoch_d_14_3_3')], 'CATALOG_DEPENDENCY', 'stoch_d_14_3_3'],
    ['another warm-up than the code has', [rowOf('sma_20', { warmupBars: 19 })], 'CATALOG_WARMUP', 'sma_20'],
    ['other outputs than the code gives', [rowOf('sma_20', { outputs: [] })], 'CATALOG_OUTPUTS', 'sma_20'],
  ])('is refused: %s', (_, rows, code, id) => {
    const error = refusal(rows)
    expect([error.code, error.id]).toEqual([code, id])
    expect(error.message).toContain(`indicators_catalog_L1.csv:${error.line} row ${id}, `)
  })

  it('is refused: indicators that depend on each other', () => {
    const circular = (id: string, dependency: string) =>
      defineIndicator({
        ids: [id],
        params: z.strictObject({}),
        plan: () => ({ outputs: ['value'], warmupBars: 1, dependencies: [dependency], bind: () => ({ step() {} }) }),
      })
    const rows = ['egg', 'hen'].map((id) => rowOf('volume', { id }))
    const error = refusal(rows, [circular('egg', 'hen'), circular('hen', 'egg')])
    expect(error.code).toBe('CATALOG_DEPENDENCY')
    expect(error.message).toContain('egg -> hen -> egg')
  })
})

describe('the registry', () => {
  it('defines no id twice', () => {
    const ids = INDICATOR_DEFINITIONS.flatMap((definition) => definition.ids)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('says which indicators a row is computed from', () => {
    expect(indicatorDependencies(rowOf('stoch_d_14_3_3'))).toEqual(['stoch_k_14_3'])
    expect(indicatorDependencies(rowOf('sma_20'))).toEqual([])
  })
})

describe('the layout hash', () => {
  const hash = (rows: readonly IndicatorRow[]) => createIndicatorEngine(rows).layoutHash
  const base = [rowOf('sma_20'), rowOf('atr_14')]

  it('is the same for the same rows', () => {
    expect(hash(base)).toBe(hash([rowOf('sma_20'), rowOf('atr_14')]))
    expect(hash(base)).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each([
    ['order', [rowOf('atr_14'), rowOf('sma_20')]],
    ['indicator version', [rowOf('sma_20', { version: 2 }), rowOf('atr_14')]],
    ['parameters', [rowOf('sma_20'), rowOf('atr_14', { params: { window: 13 }, warmupBars: 14 })]],
    ['set of indicators', [rowOf('sma_20')]],
  ])('changes with the %s', (_, rows) => {
    expect(hash(rows)).not.toBe(hash(base))
  })
})

describe('a call that cannot be right', () => {
  const engine = createIndicatorEngine(catalog)
  const out = new Float64Array(engine.columns.length)
  const bar = { ...createBarInput(engine.sideFields.length), open: 1, high: 1, low: 1, close: 1, volume: 1 }

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'step refuses a price of %s and leaves the state as it was',
    (price) => {
      const state = engine.createState()
      run(engine, candles({ seed: 1, length: 60, flat: 0, silent: 0 }), state)
      const before = state.slice()
      expect(() => engine.step(state, { ...bar, high: price }, out)).toThrow(RangeError)
      expect(state).toEqual(before)
    },
  )

  it('step and rescale refuse arrays of another layout', () => {
    const state = engine.createState()
    expect(() => engine.step(state.slice(1), bar, out)).toThrow(RangeError)
    expect(() => engine.step(state, bar, out.slice(1))).toThrow(RangeError)
    expect(() => engine.rescale(state.slice(1), 2)).toThrow(RangeError)
  })

  it.each([0, -2, Number.NaN, Number.POSITIVE_INFINITY])('rescale refuses a split factor of %s', (factor) => {
    expect(() => engine.rescale(engine.createState(), factor)).toThrow(RangeError)
  })

  it('warmup refuses a column that is not there', () => {
    expect(() => engine.warmup(engine.columns.length)).toThrow(RangeError)
  })
})

describe('realized volatility', () => {
  it('is annualised by the bars per year of the timeframe, and NaN where the catalog lists none (1m)', () => {
    const engine = createIndicatorEngine([rowOf('realized_vol_20')])
    const bars = candles({ seed: 5, length: 21, flat: 0, silent: 0 })
    const last = (timeframe: '1m' | '1h' | '1d') => run(engine, bars, engine.createState(), timeframe)[20]?.[0] ?? 0
    expect(last('1h') / last('1d')).toBeCloseTo(Math.sqrt(1638 / 252), 12)
    expect(last('1m')).toBeNaN()
  })
})

describe('slots that no factor rescales', () => {
  /** Mean of ln(1+V) and of ln C: the first must be computed again after a split, the second shifts by -ln f. */
  const logMeans = defineIndicator({
    ids: ['log_means'],
    params: z.strictObject({}),
    plan: () => ({
      outputs: ['volume', 'price'],
      warmupBars: 4,
      lookback: { volume: 4 },
      bind(slice) {
        const volumes = slice.series('volume')
        const logs = slice.ring('logs', 4, 'recompute')
        const prices = slice.ring('prices', 4, { pricePower: 0, volumePower: 0, additiveLogPart: -1 })
        return {
          step(state, bar, out) {
            put(state, logs, bar.index, Math.log1p(bar.volume))
            put(state, prices, bar.index, Math.log(bar.close))
            out[slice.column('volume')] = windowSum(state, logs, bar.index, 4) / 4
            out[slice.column('price')] = windowSum(state, prices, bar.index, 4) / 4
          },
          recompute(state, barCount) {
            for (let index = Math.max(0, barCount - 4); index < barCount; index += 1) {
              put(state, logs, index, Math.log1p(windowSum(state, volumes, index, 1)))
            }
          },
        }
      },
    }),
  })
  const outputs = ['volume', 'price'].map(
    (name) => ({ name, dtype: 'float64', unit: 'index', min: null, max: null }) as const,
  )
  const row = rowOf('volume', { id: 'log_means', outputs, warmupBars: 4 })

  it('are shifted by their log part, or computed again from the rescaled rings', () => {
    const engine = createIndicatorEngine([row], { definitions: [logMeans] })
    const bars = candles({ seed: 9, length: 12, flat: 0, silent: 0 })
    const state = engine.createState()
    run(engine, bars.slice(0, 6), state)
    engine.rescale(state, 3)
    const adjusted = run(engine, afterSplit(bars, 3))
    afterSplit(bars.slice(6), 3).forEach((bar, index) => {
      const [volume = 0, price = 0] = stepOne(engine, state, bar)
      expect(volume).toBeCloseTo(adjusted[6 + index]?.[0] ?? 0, 12)
      expect(price).toBeCloseTo(adjusted[6 + index]?.[1] ?? 0, 12)
    })
  })

  it('stop the engine from being built when nobody computes them again', () => {
    const forgetful = defineIndicator({
      ids: ['log_means'],
      params: z.strictObject({}),
      plan: () => ({
        outputs: ['volume', 'price'],
        warmupBars: 4,
        bind(slice) {
          slice.slots('logs', 1, 'recompute')
          return { step() {} }
        },
      }),
    })
    expect(() => createIndicatorEngine([row], { definitions: [forgetful] })).toThrow('cannot recompute')
  })
})
