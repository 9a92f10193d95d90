import { hashOf } from './contract-json.ts'
import type { FeatureRow } from './feature-row.ts'
import type { IndicatorRow } from './indicator-row.ts'

type Indicators = ReadonlyMap<string, IndicatorRow>

/** What a formula hash is made of: the cells of a feature that say how its value is computed. */
export type FormulaFeature = Pick<
  FeatureRow,
  'id' | 'channel' | 'dtype' | 'source' | 'transform' | 'missing' | 'warmupPolicy' | 'min' | 'max' | 'rangeAction'
>

/**
 * Hex sha256 of how a feature is computed: its transform, policies and range, and the formulas of the indicators it reads,
 * each with those of the indicators that its own formula names, all the way down. No name, note or reference is in it.
 */
export function formulaHash(feature: FormulaFeature, indicators: Indicators): string {
  const { id, channel, dtype, source, transform, missing, warmupPolicy, min, max, rangeAction } = feature
  const reads = 'atr' in transform ? [source.indicatorId, transform.atr] : [source.indicatorId]
  return hashOf({
    feature: { id, channel, dtype, output: source.output, transform, missing, warmupPolicy, min, max, rangeAction },
    indicators: reads.map((one) => remembered(one, indicators)),
  })
}

/** By indicators and id: most features share their indicators with others, and those the rows that their formulas name. */
const known = new WeakMap<Indicators, Map<string, string | undefined>>()

function remembered(id: string, indicators: Indicators): string | undefined {
  const hashes = known.get(indicators) ?? new Map<string, string | undefined>()
  known.set(indicators, hashes)
  if (!hashes.has(id)) hashes.set(id, indicatorFormulaHash(id, indicators))
  return hashes.get(id)
}

/**
 * Hex sha256 of all that decides an indicator's values, with those of the indicators that its formula names; undefined for
 * an id that is not there.
 */
export function indicatorFormulaHash(
  id: string,
  indicators: Indicators,
  path: readonly string[] = [],
): string | undefined {
  const row = indicators.get(id)
  // A row on the path is named, not entered again: two indicators that name each other still have an end.
  if (row === undefined || path.includes(id)) return row && hashOf(id)
  const { version, inputs, requiredFields, params, defaultTimeframes, outputs, formula } = row
  const { seedingRule, degenerateRule, nullPolicy, warmupBars, memoryClass } = row
  const rules = { formula, seedingRule, degenerateRule, nullPolicy, warmupBars: warmupBars ?? null, memoryClass }
  const reads = namedIn(formula, indicators).filter((other) => other !== id)
  return hashOf({
    indicator: { id, version, inputs, requiredFields, params, defaultTimeframes, outputs, ...rules },
    indicators: reads.map((other) => indicatorFormulaHash(other, indicators, [...path, id])),
  })
}

function namedIn(formula: string, indicators: Indicators): readonly string[] {
  const words = formula.match(/[a-z][a-z0-9_]*/gi) ?? []
  return [...new Set(words)].filter((word) => indicators.has(word)).sort()
}
