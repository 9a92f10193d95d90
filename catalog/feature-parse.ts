import type { z } from 'zod'
import { CatalogError, type CatalogErrorCode, type CatalogPlace } from './catalog-error.ts'
import { formulaHash } from './contract-formula.ts'
import type { FeatureCells } from './feature-cells.ts'
import { parseMissing } from './feature-missing.ts'
import type { FeatureRow, FeatureSource } from './feature-row.ts'
import { parseTransform } from './feature-transform.ts'
import { type IndicatorRow, outputWidth } from './indicator-row.ts'

type Indicators = ReadonlyMap<string, IndicatorRow>
type Place = { readonly file: string; readonly line: number }

/**
 * A feature of parsed cells: checks the cells against each other and against the indicators.
 * Throws {@link CatalogError} naming the column that cannot be honoured.
 */
export function toFeatureRow(cells: FeatureCells, place: Place, indicators: Indicators): FeatureRow {
  checkRange(cells, place)
  const row: Omit<FeatureRow, 'formulaHash'> = {
    id: cells.feature_id,
    name: cells.feature_name,
    channel: cells.feature_channel,
    dtype: cells.feature_dtype,
    source: sourceOf(cells, place, indicators),
    transform: transformOf(cells, place, indicators),
    unit: cells.unit,
    min: cells.range_min,
    max: cells.range_max,
    rangeAction: cells.range_action,
    stateSpace: cells.state_space,
    codes: cells.enum_codes,
    missing: accept(parseMissing(cells.missing_policy, cells.missing_param), place, 'missing_param'),
    warmupPolicy: cells.warmup_policy,
    lagPolicy: cells.lag_policy,
    defaultTimeframe: cells.default_timeframe,
    defaultAggregate: cells.default_agg,
    maxStalenessBars: cells.max_staleness_bars,
    enabled: cells.enabled_default,
    pack: cells.pack,
    ordinal: cells.ordinal,
    scope: cells.scope,
    sourceLevel: cells.source_level,
    scaleClass: cells.scale_class,
    notes: cells.notes_phase5,
    fillRateMin: cells.fill_rate_min,
    drift: {
      metric: cells.drift_metric,
      bins: cells.drift_bins,
      warn: cells.drift_warn,
      alert: cells.drift_alert,
      minN: cells.drift_min_n === '' ? undefined : Number(cells.drift_min_n),
    },
    aliases: cells.aliases,
    sinceVersion: cells.since_version,
    file: place.file,
    line: place.line,
  }
  return { ...row, formulaHash: formulaHash(row, indicators) }
}

function sourceOf(cells: FeatureCells, place: Place, indicators: Indicators): FeatureSource {
  const { indicator_id: indicatorId, source_output: name } = cells
  const indicator = indicators.get(indicatorId)
  if (indicator === undefined) throw fault('CATALOG_REFERENCE', place, 'indicator_id', `no indicator ${indicatorId}`)
  const output = indicator.outputs.find((one) => one.name === name)
  if (output === undefined) {
    const names = indicator.outputs.map((one) => one.name).join(', ')
    throw fault('CATALOG_REFERENCE', place, 'source_output', `${indicatorId} has no output ${name}, only ${names}`)
  }
  const { version, params, defaultTimeframes: timeframes } = indicator
  const width = outputWidth(output.dtype)
  return { indicatorId, output: name, version, unit: output.unit, width, params, timeframes }
}

function transformOf(cells: FeatureCells, place: Place, indicators: Indicators): FeatureRow['transform'] {
  const transform = accept(parseTransform(cells.transform, cells.transform_params), place, 'transform_params')
  if ('atr' in transform && !indicators.get(transform.atr)?.outputs.some(({ name }) => name === 'value')) {
    const problem = `no indicator ${transform.atr} with an output value`
    throw fault('CATALOG_REFERENCE', place, 'transform_params', problem)
  }
  return transform
}

function checkRange({ state_space, range_min, range_max, enum_codes }: FeatureCells, place: Place): void {
  if (range_min !== null && range_max !== null && range_min > range_max) {
    throw fault('CATALOG_CELL', place, 'range_min', 'must not be above range_max')
  }
  if ('interval' in state_space && (state_space.interval[0] !== range_min || state_space.interval[1] !== range_max)) {
    throw fault('CATALOG_CELL', place, 'state_space', 'its interval must be that of range_min and range_max')
  }
  if (enum_codes === null) return
  // JSON objects put integer keys first and in order, but "-1" after them: labels are compared in code order instead.
  const labels = Object.entries(enum_codes).sort(([a], [b]) => Number(a) - Number(b))
  const stated = 'values' in state_space ? state_space.values : []
  if (labels.map(([, name]) => name).join() !== stated.join()) {
    throw fault('CATALOG_CELL', place, 'enum_codes', 'must label the values of state_space, in code order')
  }
}

function accept<T>(parsed: z.ZodSafeParseResult<T>, place: Place, column: string): T {
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const path = issue?.path.map(String).join('.') ?? ''
  const problem = `${path === '' ? '' : `${path}: `}${issue?.message ?? 'malformed'}`
  throw fault('CATALOG_CELL', place, column, problem)
}

function fault(code: CatalogErrorCode, place: CatalogPlace, column: string, problem: string): CatalogError {
  return new CatalogError(code, { ...place, column }, problem)
}
