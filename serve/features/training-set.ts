import type { Readable } from 'node:stream'
import { CatalogError } from '../../catalog/catalog-error.ts'
import { type DerivedInput, derivedInputs } from '../../catalog/derived-inputs.ts'
import type { Recipe } from '../../catalog/recipe-shape.ts'
import { type AsOfPoint, asOfRowsSql } from '../../sink/as-of-rows.ts'
import { labelColumns, labelPointsSql } from '../../sink/label-points.ts'
import { quoteName, quoteTable, quoteText } from '../../sink/sql-text.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'
import { tableName } from '../../topics/topics.ts'
import { arrowColumns } from './arrow-columns.ts'
import { checkSpan } from './check-span.ts'
import { type DerivedAt, RUN_COLUMN, withDerivedColumns } from './derived-columns.ts'
import { derivedHistory } from './derived-history.ts'
import { FeatureServiceError } from './errors.ts'
import { spanSql } from './feature-history.ts'
import type { HistoryRequest } from './feature-service.ts'
import type { RunningFeatureService } from './open-feature-service.ts'
import { onlyFeatures, type PackSelection } from './pack-selection.ts'

const DEADLINE_MS = 600_000

// Not every reader of Arrow knows its compression.
const FORMAT = "SETTINGS output_format_arrow_compression_method = 'none' FORMAT ArrowStream"

/** Most moments of decision in one request: they are part of a statement. */
export const MOST_POINTS = 4_000

/** Which decisions a training set is about, and what they are held to. Times are UTC epoch milliseconds. */
export type TrainingSetRequest = {
  readonly packId?: string | undefined
  readonly timeHorizon?: string | undefined
  readonly features?: readonly string[] | undefined
  /** Bars from the open of entry to the close of exit; 1 by default. */
  readonly horizonBars?: number | undefined
  /** Inputs derived of features of the pack, as a recipe has them: a column each, behind the features. */
  readonly transformations?: Recipe['transformations'] | undefined
} & (
  | { readonly symbols: readonly string[]; readonly from: number; readonly to: number }
  | { readonly points: readonly AsOfPoint[] }
)

/**
 * A training set as an Arrow stream: one row for each decision, with the features known at that moment (`known_at <= as_of`, by
 * the one rule of as-of) and the label behind it. Decisions are the given points, or the open of every bar in a span; those without
 * features or whose exit has not come yet are left out. Derived inputs are folded from the first row of a symbol on, as inference
 * does. What had been published before the request is all there. Throws as the service does.
 */
export async function streamTrainingSet(
  service: RunningFeatureService,
  request: TrainingSetRequest,
): Promise<Readable> {
  const { packId = 'core_v1', timeHorizon = '1d', features, horizonBars = 1, transformations = [] } = request
  const whole = service.selector.select(packId, timeHorizon)
  const selection = features === undefined ? whole : onlyFeatures(whole, features)
  const points = 'points' in request ? request.points : undefined
  if (points !== undefined && points.length > MOST_POINTS) {
    const message = `${points.length} points are more than ${MOST_POINTS}; ask for them in parts`
    throw new FeatureServiceError('FEATURES_TOO_LARGE', message, { points: points.length })
  }
  const symbols = 'points' in request ? [...new Set(request.points.map(({ symbol }) => symbol))] : request.symbols
  const span = 'points' in request ? undefined : { from: request.from, to: request.to }
  if (span !== undefined) checkSpan(span.from, span.to)
  const derived = derivedOf(whole, transformations)
  // The labels are of another topic than the features, and the sink may have stored less of it.
  await service.checkRowsAndBars(selection, symbols)
  const table = tableOf(service, tableName(selection.view.topic))
  const sql = asOfRowsSql({
    table,
    timeframe: selection.timeframe,
    points: labelPointsSql({
      bars: tableOf(service, tableName('indicators')),
      timeframe: selection.timeframe,
      symbols,
      horizonBars,
      at: points ?? span ?? [],
    }),
    symbols,
    select: [
      'p.as_of AS as_of',
      ...labelColumns.map((name) => `p.${name} AS ${name}`),
      ...arrowColumns(selection),
      ...(derived.length > 0 ? [`toString(r.run_id) AS ${RUN_COLUMN}`] : []),
    ],
  })
  const read = () => service.clickhouse.stream(`${sql}\n${FORMAT}`, {}, DEADLINE_MS)
  if (derived.length === 0) return read()
  const { timeframe } = selection
  const known = await derivedValues(service, { table, timeframe, symbols, derived })
  const names = derived.map(({ id }) => id)
  return withDerivedColumns(await read(), names, known)
}

/** The derived inputs that a request names. Throws {@link FeatureServiceError} where they mean nothing. */
function derivedOf({ features, view }: PackSelection, given: Recipe['transformations']): readonly DerivedInput[] {
  try {
    return derivedInputs(given, { file: 'request', offered: features, view })
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error
    throw new FeatureServiceError('FEATURES_BAD_REQUEST', error.message, { column: error.column })
  }
}

async function derivedValues(
  { clickhouse }: RunningFeatureService,
  history: Parameters<typeof derivedHistory>[1],
): Promise<DerivedAt> {
  const series = new Map<string, Map<number, readonly number[]>>()
  for await (const { symbol, ts, run, inputs } of derivedHistory(clickhouse, history)) {
    const name = `${symbol} ${run}`
    const known = series.get(name) ?? new Map<number, readonly number[]>()
    series.set(name, known.set(ts, inputs))
  }
  return (symbol, ts, run) => series.get(`${symbol} ${run}`)?.get(ts)
}

/** The rows of `getHistory` as an Arrow stream, by symbol and ts, without a bound on their number. Throws as the service does. */
export async function streamHistory(service: RunningFeatureService, request: HistoryRequest): Promise<Readable> {
  const { symbols, from, to, packId = 'core_v1', timeHorizon = '1h', features, zones } = request
  const whole = service.selector.select(packId, timeHorizon, zones)
  const selection = features === undefined ? whole : onlyFeatures(whole, features)
  checkSpan(from, to)
  await service.checkHistory(selection, symbols, to)
  return service.clickhouse.stream(
    `${historySql(service, selection, { symbols, from, to })}
${FORMAT}`,
    {},
    DEADLINE_MS,
  )
}

function historySql(
  service: RunningFeatureService,
  selection: PackSelection,
  { symbols, from, to }: { readonly symbols: readonly string[]; readonly from: number; readonly to: number },
): string {
  const { database, name } = tableOf(service, tableName(selection.view.topic))
  return `SELECT ${arrowColumns(selection).join(', ')} FROM ${quoteTable({ database, name: `${name}_latest` })} AS r
WHERE r.timeframe = ${quoteText(selection.timeframe)} AND r.symbol IN (${symbols.map(quoteText).join(', ')}) AND ${spanSql(from, to)}
ORDER BY r.symbol, r.ts`
}

/** The table of this name. */
export function tableOf({ tables }: { readonly tables: readonly TableDefinition[] }, name: string): TableDefinition {
  const table = tables.find((each) => each.name === name)
  if (table === undefined) throw new RangeError(`No table ${quoteName(name)}`)
  return table
}
