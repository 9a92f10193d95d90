import type { RecordCodec } from '../../avro/codec.ts'
import { loadSchemas } from '../../avro/schemas.ts'
import { checkViewSchemas } from '../../avro/view-schema-check.ts'
import { loadCalendars } from '../../catalog/calendar.ts'
import { loadInstruments } from '../../catalog/instruments.ts'
import { loadMarket } from '../../catalog/market.ts'
import { loadResolvedViews, type ResolvedView } from '../../catalog/views.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { checkTables } from '../../sink/migrate.ts'
import { storedTables } from '../../sink/stored-tables.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'
import { partitionOfKey } from '../../streams/kafka/partitioner.ts'
import type { Log } from '../../streams/port.ts'
import { tableName, topics } from '../../topics/topics.ts'
import { createFeatureHistory } from './feature-history.ts'
import { createFeatureService, type FeatureService, type ServedView } from './feature-service.ts'
import { createOnlineView } from './online-view.ts'
import { createStoredOffsets } from './stored-offsets.ts'
import { type FollowerStatus, followViews } from './view-follower.ts'

/** Records re-read before what the history has, so that the newest clock marker is among them. */
const OVERLAP = 2_000

/** What a service reads from. */
export type FeatureSources = {
  readonly log: Log
  readonly codec: RecordCodec
  readonly clickhouse: ClickHouse
  readonly database: string
  readonly partitions: number
  /** By default those of the catalog. */
  readonly views?: readonly ResolvedView[]
}

/** How much is kept in memory, and how long an answer may wait for the sink. */
export type FeatureServiceSettings = {
  /** Rows kept of each symbol and view; older ones are read from ClickHouse. */
  readonly rowsPerSymbol?: number
  readonly historyWaitMs?: number
}

/** A service that follows its topics until it is closed. */
export type RunningFeatureService = FeatureService & {
  /** ClickHouse and its table of each view, by the id of the view. */
  readonly clickhouse: ClickHouse
  readonly tables: readonly TableDefinition[]
  status(): FollowerStatus
  close(): Promise<void>
}

/**
 * Starts a service: takes the newest rows of every symbol from ClickHouse, reads what the sink has not stored yet from the topics,
 * and follows them. Resolves when it has read all that was there. Throws `SchemaFileError` or `TableMismatchError` where schemas or tables
 * do not have what the views have, and what the log, the registry or ClickHouse throw.
 */
export async function openFeatureService(
  sources: FeatureSources,
  { rowsPerSymbol = 64, historyWaitMs = 5_000 }: FeatureServiceSettings = {},
): Promise<RunningFeatureService> {
  const { log, codec, clickhouse, partitions, database } = sources
  const market = loadMarket()
  const tables = tablesIn(database)
  const stored = createStoredOffsets(log, partitions, historyWaitMs)
  const views = sources.views ?? loadResolvedViews()
  checkViewSchemas(views)
  const own = new Set(views.map(({ topic }) => tableName(topic)))
  await checkTables(
    clickhouse,
    tables.filter(({ name }) => own.has(name)),
  )
  const followed: (ServedView & { readonly from: readonly number[] })[] = []
  for (const view of views) {
    const online = createOnlineView({ rowsPerSymbol, graceMs: market.grid.graceMs })
    const history = createFeatureHistory(clickhouse, view, tables)
    const below = await stored.of(view.topic)
    // One more than is kept, so that the view knows where older ones begin.
    for (const row of await history.newest(rowsPerSymbol + 1, below)) online.takeRow(row)
    for (const { symbol, until } of await history.beforeEpoch()) online.madeAnewAfter(symbol, until)
    followed.push({ view, online, history, from: below.map((offset) => Math.max(0, offset - OVERLAP)) })
  }
  const follower = await followViews({ log, codec, partitions, views: followed })
  await follower.caughtUp
  const service = createFeatureService({
    views: followed,
    stored,
    partitionOf: (symbol) => partitionOfKey(symbol, partitions),
    calendarOf: market.calendarOf,
    listed: new Set(loadInstruments(loadCalendars()).bySymbol.keys()),
  })
  return { ...service, clickhouse, tables, status: () => follower.status(), close: () => follower.close() }
}

/** The tables of an installation in this database. */
export function tablesIn(database: string): readonly TableDefinition[] {
  const schemas = loadSchemas()
  return storedTables({
    topics: topics.filter(({ status }) => status === 'active'),
    schemaOf: (name) => {
      const schema = schemas.get(name)
      if (schema === undefined) throw new RangeError(`No schema of ${name} in avro/schemas`)
      return schema
    },
    database,
  })
}
