import { describe, expect, test } from '@jest/globals'
import { type ResolvedFeature, type ResolvedView, resolveView } from '../../catalog/views.ts'
import { loadModel } from '../../models/model-loader.ts'
import { SHIPPED } from './version-copy.ts'

const PACK = 'core_value_v1'
const view = resolveView('core_pack_1d')

/** The present catalog with the features of the model's pack changed. */
function withPack(change: (features: readonly ResolvedFeature[]) => readonly ResolvedFeature[]): ResolvedView {
  const packs = view.packs.map((pack) => (pack.id === PACK ? { ...pack, features: change(pack.features) } : pack))
  return { ...view, packs, features: [...new Set(packs.flatMap(({ features }) => features))] }
}

function changing(id: string, cells: (feature: ResolvedFeature) => Partial<ResolvedFeature>): ResolvedView {
  return withPack((features) => features.map((one) => (one.id === id ? { ...one, ...cells(one) } : one)))
}

function feature(id: string): ResolvedFeature {
  const found = view.features.find((one) => one.id === id)
  if (found === undefined) throw new Error(`no feature ${id}`)
  return found
}

const rsi = 'rsi_14_value'
const added = { ...feature(rsi), id: 'new_value', ordinal: 10_000 }

describe('a model refuses to load when, each alone,', () => {
  test.each<[string, ResolvedView, string, string]>([
    [
      'a feature is missing',
      withPack((features) => features.filter(({ id }) => id !== rsi)),
      'MODEL_FEATURE_MISSING',
      `pack ${PACK} has no feature ${rsi}`,
    ],
    [
      'there is another feature in the middle',
      withPack((features) => [...features.slice(0, 3), added, ...features.slice(3)]),
      'MODEL_FEATURE_EXTRA',
      `pack ${PACK} has feature new_value at position 3`,
    ],
    [
      'a feature was appended to a released pack version in place',
      withPack((features) => [...features, added]),
      'MODEL_FEATURE_EXTRA',
      'new_value',
    ],
    [
      'features are in another order',
      withPack(([first, second, ...rest]) => [second, first, ...rest].flatMap((one) => one ?? [])),
      'MODEL_FEATURE_ORDER',
      'sma_50_value instead of sma_20_value at position 0',
    ],
    [
      'a feature is called otherwise',
      changing(rsi, () => ({ id: 'rsi_14_wilder_value', aliases: [rsi] })),
      'MODEL_FEATURE_RENAMED',
      `feature ${rsi} of pack ${PACK} is now called rsi_14_wilder_value`,
    ],
    [
      'a dtype changes',
      changing(rsi, () => ({ dtype: 'int8' })),
      'MODEL_CELL_CHANGED',
      `cell feature_dtype of feature ${rsi}`,
    ],
    [
      'a unit changes',
      changing(rsi, () => ({ unit: 'ratio' })),
      'MODEL_CELL_CHANGED',
      `cell unit of feature ${rsi} of pack ${PACK} was "pct" at training and is "ratio"`,
    ],
    ['a range changes', changing(rsi, () => ({ max: 1 })), 'MODEL_CELL_CHANGED', `cell range_max of feature ${rsi}`],
    [
      'the codes of an enum change',
      changing(rsi, () => ({ codes: { '0': 'low' } })),
      'MODEL_CELL_CHANGED',
      `cell enum_codes of feature ${rsi}`,
    ],
    [
      'a missing policy changes',
      changing(rsi, ({ missing }) => ({ missing: { ...missing, maxBars: 99 } as typeof missing })),
      'MODEL_CELL_CHANGED',
      `cell missing of feature ${rsi}`,
    ],
    [
      'a formula changes without a new version',
      changing(rsi, () => ({ formulaHash: '0'.repeat(64) })),
      'MODEL_FORMULA_CHANGED',
      `formula_hash of feature ${rsi}`,
    ],
    [
      'a feature is computed on another timeframe',
      changing(rsi, () => ({ rule: { kind: 'htf_closed', timeframe: '1w' } })),
      'MODEL_CELL_CHANGED',
      `cell timeframe_rule of feature ${rsi}`,
    ],
    [
      'a lag policy changes',
      changing(rsi, () => ({ lagPolicy: 'barrier' })),
      'MODEL_CELL_CHANGED',
      `cell lag_policy of feature ${rsi}`,
    ],
    [
      'a feature that the model does not take changes, for the header of its pack does too',
      changing('sma_20_value', () => ({ unit: 'usd' })),
      'MODEL_CELL_CHANGED',
      'cell unit of feature sma_20_value',
    ],
    [
      'the view serves its pack no more',
      { ...view, packs: view.packs.filter(({ id }) => id !== PACK) },
      'MODEL_CONTRACT_MISMATCH',
      `view core_pack_1d serves no pack ${PACK}`,
    ],
    ['the view is on another timeframe', { ...view, timeframe: '1h' }, 'MODEL_CONTRACT_MISMATCH', '(1h)'],
  ])('%s', async (_, changed, code, message) => {
    const loading = loadModel(SHIPPED, changed)
    await expect(loading).rejects.toMatchObject({ code, retriable: false, model: 'equity_daily_momentum/1' })
    await expect(loading).rejects.toThrow(message)
  })
})

describe('a model loads all the same when', () => {
  const golden = Float32Array.from({ length: 18 }, (_, index) => index / 10)

  test.each<[string, ResolvedView]>([
    [
      'a later version of its pack appends a feature',
      {
        ...view,
        packs: [
          ...view.packs,
          {
            id: 'core_value_v2',
            features: [...(view.packs[0]?.features ?? []), { ...added, pack: 'core_value_v2' }],
          },
        ],
      },
    ],
    ['names and notes are edited', changing(rsi, () => ({ name: 'RSI', notes: 'Wilder 1978', aliases: ['rsi'] }))],
    [
      'a drift threshold is edited',
      changing(rsi, ({ drift }) => ({ drift: { ...drift, warn: '0.3' }, fillRateMin: 0.5 })),
    ],
  ])('%s, and gives the same bits', async (_, changed) => {
    const model = await loadModel(SHIPPED, changed)
    const unchanged = await loadModel(SHIPPED)
    expect(await model.score(golden)).toEqual(await unchanged.score(golden))
  })
})
