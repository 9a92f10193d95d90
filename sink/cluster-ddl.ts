import { columnList, createViews, deduplicationWindow, orderClauses } from './ddl.ts'
import { quoteName, quoteTable, quoteText } from './sql-text.ts'
import type { TableDefinition } from './table-definition.ts'

// Replicas forget tokens after an hour by default (since 25.10); a sink may be down for longer.
const deduplicationWindowSeconds = 7 * 24 * 3600

/**
 * The statements that make a table on a cluster: a replicated `<table>_local` on each shard, the distributed `<table>`
 * that sink and analysts use, and its views. Rows are sharded by the first column of the natural key, so that all
 * versions of a row are on one shard. The macros `{shard}` and `{replica}` come from the servers' configuration.
 */
export function clusterDdl(table: TableDefinition, cluster: string): string[] {
  const onCluster = ` ON CLUSTER ${quoteName(cluster)}`
  const local = { database: table.database, name: `${table.name}_local` }
  const path = `/clickhouse/tables/{shard}/${local.database}/${local.name}`
  const [shardBy = '_key'] = table.naturalKey
  const settings = {
    replicated_deduplication_window: deduplicationWindow,
    replicated_deduplication_window_seconds: deduplicationWindowSeconds,
  }
  return [
    `CREATE DATABASE IF NOT EXISTS ${quoteName(table.database)}${onCluster}`,
    [
      `CREATE TABLE IF NOT EXISTS ${quoteTable(local)}${onCluster}`,
      columnList(table),
      `ENGINE = ReplicatedReplacingMergeTree(${quoteText(path)}, '{replica}')`,
      ...orderClauses(table),
      `SETTINGS ${Object.entries(settings)
        .map(([name, value]) => `${name} = ${value}`)
        .join(', ')}`,
      `COMMENT ${quoteText(table.comment)}`,
    ].join('\n'),
    [
      `CREATE TABLE IF NOT EXISTS ${quoteTable(table)}${onCluster} AS ${quoteTable(local)}`,
      `ENGINE = Distributed(${[cluster, local.database, local.name].map(quoteText).join(', ')}, cityHash64(${quoteName(shardBy)}))`,
      `COMMENT ${quoteText(table.comment)}`,
    ].join('\n'),
    ...createViews(table, onCluster).map(({ sql }) => sql),
  ]
}
