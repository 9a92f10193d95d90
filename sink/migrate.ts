import type { ClickHouse } from './clickhouse-client.ts'
import { type ColumnType, clickHouseType } from './column-type.ts'
import {
  addColumn,
  addLabel,
  commentColumn,
  createTable,
  createViews,
  deduplicationWindow,
  labelComment,
  labelType,
} from './ddl.ts'
import { type TableDifference, TableMismatchError } from './errors.ts'
import { quoteName } from './sql-text.ts'
import type { Column, TableDefinition } from './table-definition.ts'

/** What {@link ensureTables} has changed, statement by statement. */
export type Migration = { readonly statements: readonly string[] }

type FoundColumn = { readonly name: string; readonly type: string; readonly comment: string }

type FoundTable = {
  readonly name: string
  readonly engine: string
  readonly engine_full: string
  readonly sorting_key: string
  readonly partition_key: string
  readonly comment: string
}

/**
 * Creates databases, tables and views that are missing and adds columns that are new and nullable. Throws
 * {@link TableMismatchError} on any other difference, before anything of that table is changed; columns that a later release has
 * added are none. Repeating it, or running it in several processes at once, does no harm.
 */
export async function ensureTables(client: ClickHouse, tables: readonly TableDefinition[]): Promise<Migration> {
  const statements: string[] = []
  const run = async (sql: string): Promise<void> => {
    await client.command(sql)
    statements.push(sql)
  }
  for (const database of new Set(tables.map((table) => table.database))) {
    const known = await client.rows('SELECT name FROM system.databases WHERE name = {database:String}', { database })
    if (known.length === 0) await run(`CREATE DATABASE IF NOT EXISTS ${quoteName(database)}`)
    const found = await readTables(client, database)
    const columns = await readColumns(client, database)
    for (const table of tables.filter((candidate) => candidate.database === database)) {
      const existing = found.get(table.name)
      const there = columns.get(table.name) ?? []
      const planned = existing ? planChanges(table, existing, there) : [createTable(table)]
      for (const sql of planned) await run(sql)
      const isLater = laterColumns(table, there).length > 0
      for (const view of createViews(table)) {
        const known = found.get(view.name)?.comment
        // A view of a later release shows all that ours would, and more.
        if (known === undefined || (known !== view.comment && !isLater)) await run(view.sql)
      }
    }
  }
  return { statements }
}

/**
 * Checks that every table is there as its schema asks, and changes nothing. Throws {@link TableMismatchError} naming the first
 * table that is missing, lacks a column or has another type, so that nothing is written to half of the tables.
 */
export async function checkTables(client: ClickHouse, tables: readonly TableDefinition[]): Promise<void> {
  for (const database of new Set(tables.map((table) => table.database))) {
    const found = await readTables(client, database)
    const columns = await readColumns(client, database)
    for (const table of tables.filter((candidate) => candidate.database === database)) {
      const existing = found.get(table.name)
      const changes = existing ? planChanges(table, existing, columns.get(table.name) ?? []) : [createTable(table)]
      const wanted = changes.filter((sql) => !sql.includes(' COMMENT COLUMN '))
      if (wanted.length === 0) continue
      const [what = ''] = wanted.map((sql) => sql.split('\n')[0]?.slice(0, 120) ?? '')
      throw new TableMismatchError(`${table.database}.${table.name}`, [
        {
          what: 'provisioning',
          found: 'not done for this release',
          wanted: `\`barline topics provision\`, which will ${what}`,
        },
      ])
    }
  }
}

/** The statements that make a table that exists into the one wanted. Throws {@link TableMismatchError} if there are none. */
function planChanges(
  table: TableDefinition,
  found: Omit<FoundTable, 'name' | 'comment'>,
  columns: readonly FoundColumn[],
): string[] {
  const differences: TableDifference[] = []
  const differ = (what: string, is: string, wanted: string): void => {
    if (is !== wanted) differences.push({ what, found: is || 'none', wanted: wanted || 'none' })
  }
  // A cluster's table is made by the DDL of cluster-ddl.ts; what can be compared here are its columns.
  const distributed = found.engine === 'Distributed'
  if (!distributed) {
    differ('engine', found.engine.replace(/^(Replicated|Shared)/, ''), 'ReplacingMergeTree')
    differ('sorting key', found.sorting_key, table.sortingKey.join(', '))
    differ('partition key', found.partition_key, '')
    const window = /non_replicated_deduplication_window = (\d+)/.exec(found.engine_full)?.[1] ?? '0'
    if (found.engine === 'ReplacingMergeTree') {
      differ('non_replicated_deduplication_window', window, String(deduplicationWindow))
    }
  }
  const changes = planColumns(table, columns, differ, !distributed)
  if (differences.length > 0) throw new TableMismatchError(`${table.database}.${table.name}`, differences)
  return changes
}

function planColumns(
  table: TableDefinition,
  found: readonly FoundColumn[],
  differ: (what: string, is: string, wanted: string) => void,
  mayAdd: boolean,
): string[] {
  const existing = new Map(found.map((column) => [column.name, column]))
  const changes: string[] = []
  let before: Column | undefined
  const order: string[] = []
  for (const column of table.columns) {
    const there = existing.get(column.name)
    if (there) {
      order.push(column.name)
      differ(`column ${column.name}`, there.type, clickHouseType(column.type))
      if (there.comment !== column.comment && mayAdd) changes.push(commentColumn(table, column))
    } else if (mayAdd && before && column.source === 'field' && hasEmptyDefault(column.type)) {
      changes.push(addColumn(table, column, before.name))
    } else {
      differ(`column ${column.name}`, '', clickHouseType(column.type))
    }
    before = column
  }
  for (const label of table.labels) {
    const there = existing.get(label.name)
    if (there) differ(`column ${label.name}`, `${there.type} ${there.comment}`, `${labelType} ${labelComment(label)}`)
    else if (mayAdd) changes.push(addLabel(table, label))
    else differ(`column ${label.name}`, '', labelType)
  }
  const wanted = new Set([...table.columns, ...table.labels].map(({ name }) => name))
  for (const column of found) {
    if (!wanted.has(column.name) && !canBeLeftOut(column)) differ(`column ${column.name}`, column.type, '')
  }
  const stored = new Set(table.columns.map(({ name }) => name))
  const foundOrder = found.map(({ name }) => name).filter((name) => stored.has(name))
  differ('order of columns', foundOrder.join(', '), order.join(', '))
  return changes
}

// Rows written before the column existed read as its default; null says "not there", and an empty list is Avro's default.
const hasEmptyDefault = (type: ColumnType): boolean => !('nullable' in type) || type.nullable

/** Columns that a later release has added: a row of ours leaves them out, and they read as not there. */
function laterColumns(table: TableDefinition, found: readonly FoundColumn[]): readonly FoundColumn[] {
  const ours = new Set([...table.columns, ...table.labels].map(({ name }) => name))
  return found.filter((column) => !ours.has(column.name) && canBeLeftOut(column))
}

function canBeLeftOut({ type }: FoundColumn): boolean {
  return type.startsWith('Nullable(') || type.startsWith('LowCardinality(Nullable(') || type.startsWith('Array(')
}

async function readTables(client: ClickHouse, database: string): Promise<Map<string, FoundTable>> {
  const rows = await client.rows<FoundTable>(
    'SELECT name, engine, engine_full, sorting_key, partition_key, comment FROM system.tables WHERE database = {database:String}',
    { database },
  )
  return new Map(rows.map((row) => [row.name, row]))
}

async function readColumns(client: ClickHouse, database: string): Promise<Map<string, FoundColumn[]>> {
  const rows = await client.rows<FoundColumn & { table: string }>(
    'SELECT table, name, type, comment FROM system.columns WHERE database = {database:String} ORDER BY table, position',
    { database },
  )
  const columns = new Map<string, FoundColumn[]>()
  for (const { table, ...column } of rows) columns.set(table, [...(columns.get(table) ?? []), column])
  return columns
}
