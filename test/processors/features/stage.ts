import { loadViews } from '../../../catalog/declared-views.ts'
import { parseFeatures } from '../../../catalog/features.ts'
import { loadCatalog } from '../../../catalog/indicators.ts'
import { stageOneRows } from '../../../catalog/stage-one.ts'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { type ResolvedView, resolveView } from '../../../catalog/views.ts'
import { createIndicatorRecord, INDICATOR_ROW } from '../../../processors/engine/indicator-record.ts'
import { createFeaturesProcessor, type FeaturesProcessor } from '../../../processors/features/features.ts'
import { createBarInput } from '../../../processors/indicators/bar.ts'
import { createIndicatorEngine } from '../../../processors/indicators/engine.ts'
import type {
  DataRecord,
  Emit,
  InputRecord,
  Marker,
  MarkerRecord,
  OutputRecord,
} from '../../../processors/processor.ts'
import { appendFeature, editFeatures, featureText } from '../../catalog/feature-text.ts'
import type { Candle } from '../indicators/candles.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** A grid of every full hour. */
export const hourly = { graceMs: 60_000, newestBefore: (ts: number) => Math.ceil(ts / HOUR) * HOUR - HOUR }

const catalog = loadCatalog()

export const indicatorEngine = createIndicatorEngine(stageOneRows(catalog).filter(({ level }) => level === 'L1'))

/** The view of a schema's text, on another timeframe if one is given. */
export function viewOf(text: string = featureText, timeframe: Timeframe = '1d'): ResolvedView {
  const views = loadViews().map((view) => ({ ...view, timeframe }))
  return resolveView('core_pack_1d', parseFeatures(text, 'schema.csv', catalog), views)
}

/** The view of a schema whose rows of these features have other cells. */
export function viewWith(edits: Readonly<Record<string, Readonly<Record<string, string>>>>): ResolvedView {
  return viewOf(Object.entries(edits).reduce((text, [id, cells]) => editFeatures(id, cells, text), featureText))
}

/** The schema with a feature of the whole market and one of a symbol among its peers. */
export const crossSectionText = appendFeature(
  'rsi_14_value',
  {
    feature_id: 'xs_rank',
    ordinal: '701',
    scope: 'universe',
    lag_policy: 'barrier',
    indicator_id: 'xs_rank_v1',
    source_output: 'ret_5',
  },
  appendFeature('rsi_14_value', {
    feature_id: 'adv_ratio',
    ordinal: '700',
    scope: 'market',
    lag_policy: 'barrier',
    indicator_id: 'breadth_v1',
    source_output: 'adv_ratio',
  }),
)

/** A processor of a view that has seen a clock marker, so that every row before any barrier is ready. */
export function stageOf(view: ResolvedView = viewOf()): FeaturesProcessor {
  return createFeaturesProcessor({ views: [view], grid: hourly })
}

let offset = 0

/** A row of indicators with these fields; all others are absent. */
export function row(fields: Readonly<Record<string, unknown>>, key = String(fields.symbol ?? 'AAPL')): DataRecord {
  const ts = Number(fields.ts)
  const times = { ts, known_at: ts, ts_open: ts - DAY }
  const bar = { open: 10, high: 12, low: 9, close: 11, volume: 100, split_factor: null, rows_left: 0 }
  const value = { symbol: 'AAPL', timeframe: '1d', ...times, ...bar, ...fields }
  offset += 1
  return dataRecord('indicators', INDICATOR_ROW, key, value, ts)
}

/** What holds for all symbols at a barrier. */
export function marketRow(fields: Readonly<Record<string, unknown>>): DataRecord {
  const ts = Number(fields.ts)
  const value = { timeframe: '1d', ts, known_at: ts, members: 2, coverage: 1, breadth_v1__adv_ratio: 0.5, ...fields }
  return dataRecord('market-state', 'barline.state.MarketState', '*', value, ts)
}

/** A symbol among its peers at a barrier. */
export function universeRow(
  fields: Readonly<Record<string, unknown>>,
  key = String(fields.symbol ?? 'AAPL'),
): DataRecord {
  const ts = Number(fields.ts)
  const value = { symbol: 'AAPL', timeframe: '1d', ts, known_at: ts, xs_rank_v1__ret_5: 0.5, ...fields }
  return dataRecord('market-state', 'barline.state.UniverseState', key, value, ts)
}

function dataRecord(topic: string, recordName: string, key: string, value: object, timestamp: number): DataRecord {
  const place = { kind: 'data', topic, partition: 0, offset, timestamp, key, recordName } as const
  return { ...place, value: value as Record<string, unknown>, headers: {} }
}

/** A marker of an input. */
export function marker(topic: 'indicators' | 'market-state', kind: Marker['kind'], ts: number): MarkerRecord {
  return { kind: 'marker', topic, partition: 0, offset: 0, timestamp: ts, marker: { kind, ts, known_at: ts } }
}

/** What a processor emitted: records, markers and refusals in order. */
export type Emitted = OutputRecord | { readonly marker: Marker; readonly to: string } | { readonly refused: string }

/** An emit that collects. */
export function collect(into: Emitted[]): Emit {
  return {
    record: (output) => into.push(output),
    marker: (to, passed) => into.push({ marker: passed, to }),
    refuse: ({ reason }) => into.push({ refused: reason }),
    duplicate: () => into.push({ refused: 'duplicate' }),
    leaveOut: (reason) => into.push({ refused: reason }),
  }
}

/** Applies records in order, whatever `select` would say. */
export function applyAll(processor: FeaturesProcessor, records: readonly InputRecord[]): Emitted[] {
  const emitted: Emitted[] = []
  for (const record of records) processor.apply(record, collect(emitted))
  return emitted
}

/** The values of the records among what was emitted. */
export function valuesOf(emitted: readonly Emitted[]): Readonly<Record<string, unknown>>[] {
  return emitted.flatMap((one) => ('value' in one ? [one.value] : []))
}

/** A bar at the end of its day, UTC. */
export type DatedBar = Candle & { readonly ts: number }

/**
 * Rows of the real engine for daily bars; a split in `splits` (new shares per old by `ts`) acts before its bar. `engine`: by default
 * that of the rows of level 1.
 */
export function rowsOf(
  bars: readonly DatedBar[],
  splits: ReadonlyMap<number, number> = new Map(),
  symbol = 'AAPL',
  engine: typeof indicatorEngine = indicatorEngine,
): DataRecord[] {
  const state = engine.createState()
  const out = new Float64Array(engine.columns.length)
  const recordOf = createIndicatorRecord(engine.columns)
  return bars.map(({ ts, open, high, low, close, volume }) => {
    const split = splits.get(ts) ?? null
    if (split !== null) engine.rescale(state, split)
    const input = createBarInput(engine.sideFields.length)
    engine.step(state, { ...input, open, high, low, close, volume, tsClose: ts }, out)
    const bar = { timeframe: '1d', ts, ts_open: ts - DAY, open, high, low, close, volume } as const
    const { value } = recordOf({ symbol, bar, knownAt: ts + 1000, splitFactor: split, rowsLeft: 0, values: out })
    return dataRecord('indicators', INDICATOR_ROW, symbol, value, ts)
  })
}
