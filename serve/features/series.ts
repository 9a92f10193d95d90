import { fieldName } from '../../catalog/indicator-column.ts'
import { quoteName, quoteTable, quoteText } from '../../sink/sql-text.ts'
import { tableName } from '../../topics/topics.ts'
import type { FeatureValue } from './answer.ts'
import { spanSql } from './feature-history.ts'
import type { RunningFeatureService } from './open-feature-service.ts'
import { onlyFeatures } from './pack-selection.ts'
import { isVector } from './served-row.ts'
import { tableOf } from './training-set.ts'

/** Which feature to show beside its indicator and the price. Times are UTC epoch milliseconds. */
export type SeriesRequest = {
  readonly symbol: string
  readonly feature: string
  readonly from: number
  readonly to: number
  readonly packId: string
  readonly timeHorizon: string
}

/** A feature, the indicator it is made of, and the close, by bar. */
export type Series = {
  readonly feature: string
  readonly indicator: string
  readonly time_horizon: string
  readonly points: readonly {
    readonly ts: number
    readonly value: FeatureValue
    readonly indicator: number | null
    readonly close: number | null
  }[]
}

/**
 * Reads a feature beside what it is made of. The indicator is that of the newest row of its own timeframe at each bar; null where it is a
 * vector, or made of the cross-section, which no row of indicators has. Throws as the service does.
 */
export async function readSeries(service: RunningFeatureService, request: SeriesRequest): Promise<Series> {
  const { symbol, feature: id, from, to, packId, timeHorizon } = request
  const { features, timeframe, positions } = onlyFeatures(service.selector.select(packId, timeHorizon), [id])
  const [feature] = features
  if (feature === undefined || positions.length !== 1) throw new RangeError(`${id} is not one feature`)
  const history = await service.getHistory({ symbols: [symbol], from, to, packId, timeHorizon, features: [id] })
  const table = tableOf(service, tableName('indicators'))
  const indicator = fieldName(feature.source.indicatorId, feature.source.output)
  const isColumn = !isVector(feature) && table.columns.some(({ name }) => name === indicator)
  const name = quoteTable({ database: table.database, name: `${table.name}_latest` })
  const read = (column: string, of: string) =>
    service.clickhouse.rows<{ at: number; number: number | null }>(
      `SELECT toUnixTimestamp64Milli(r.ts) AS at, toFloat64(r.${quoteName(column)}) AS number FROM ${name} AS r
WHERE r.symbol = ${quoteText(symbol)} AND r.timeframe = ${quoteText(of)} AND ${spanSql(from, to)} ORDER BY at`,
    )
  const closes = new Map((await read('close', timeframe)).map(({ at, number }) => [at, number]))
  const values = isColumn ? await read(indicator, feature.rule.timeframe) : []
  let next = 0
  let newest: number | null = null
  return {
    feature: id,
    indicator,
    time_horizon: timeframe,
    points: history.rows.map(({ ts, values: [value = null] }) => {
      for (; next < values.length && (values[next]?.at ?? 0) <= ts; next += 1) newest = values[next]?.number ?? null
      return { ts, value, indicator: newest, close: closes.get(ts) ?? null }
    }),
  }
}
