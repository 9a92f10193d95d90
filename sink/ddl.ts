import { createHash } from 'node:crypto'
import { BACKFILL_PREFIX } from '../topics/run-topics.ts'
import { clickHouseType, codecOf } from './column-type.ts'
import { quoteName, quoteTable, quoteText } from './sql-text.ts'
import { type Column, hasKnownAt, type LabelColumn, type TableDefinition } from './table-definition.ts'

/** How many insert tokens a table remembers. ClickHouse's own default is none. */
export const deduplicationWindow = 10_000

/** A statement that makes a view, and how to tell the view apart from an older one of the same name. */
export type ViewStatement = { readonly name: string; readonly comment: string; readonly sql: string }

/** `name type COMMENT '…' CODEC(…)`, as CREATE TABLE and ADD COLUMN take it. */
const columnClause = ({ name, type, comment }: Column): string =>
  `${quoteName(name)} ${clickHouseType(type)} COMMENT ${quoteText(comment)} CODEC(${codecOf(type)})`

/**
 * CREATE TABLE on a single node. Not partitioned: an insert then always is one part, so it is atomic and cannot meet the
 * limit of 100 partitions; the sorting key finds symbols and times.
 */
export function createTable(table: TableDefinition): string {
  return [
    `CREATE TABLE IF NOT EXISTS ${quoteTable(table)}`,
    columnList(table),
    'ENGINE = ReplacingMergeTree',
    ...orderClauses(table),
    `SETTINGS non_replicated_deduplication_window = ${deduplicationWindow}`,
    `COMMENT ${quoteText(table.comment)}`,
  ].join('\n')
}

/** The column definitions, in brackets. */
export const columnList = (table: TableDefinition): string =>
  `(\n${[...table.columns.map(columnClause), ...table.labels.map(labelClause)].map((clause) => `  ${clause}`).join(',\n')}\n)`

/** Type of every label column. */
export const labelType = 'LowCardinality(Nullable(String))'

/** What a label column says of itself: its labels by code, so that another labelling shows. */
export const labelComment = ({ of, labels }: LabelColumn): string =>
  `Label of ${of}: ${labels.map(([code, label]) => `${code} ${label}`).join(', ')}`

/** `name type ALIAS … COMMENT '…'`: nothing is stored, the label is looked up when it is read. */
const labelClause = (label: LabelColumn): string => {
  const codes = label.labels.map(([code]) => code).join(', ')
  const texts = label.labels.map(([, text]) => quoteText(text)).join(', ')
  const lookup = `transform(${quoteName(label.of)}, [${codes}], [${texts}], NULL)`
  return `${quoteName(label.name)} ${labelType} ALIAS ${lookup} COMMENT ${quoteText(labelComment(label))}`
}

/** ALTER TABLE that adds a label column, which takes no room in the rows there are. */
export const addLabel = (table: TableDefinition, label: LabelColumn): string =>
  `ALTER TABLE ${quoteTable(table)} ADD COLUMN IF NOT EXISTS ${labelClause(label)}`

/** The index holds the natural key; the rest of the sorting key only tells repeated inserts from other records. */
export const orderClauses = (table: TableDefinition): string[] => [
  `PRIMARY KEY (${names(table.naturalKey)})`,
  `ORDER BY (${names(table.sortingKey)})`,
]

/** ALTER TABLE that puts a column where CREATE TABLE would have put it. */
export const addColumn = (table: TableDefinition, column: Column, after: string): string =>
  `ALTER TABLE ${quoteTable(table)} ADD COLUMN IF NOT EXISTS ${columnClause(column)} AFTER ${quoteName(after)}`

/** ALTER TABLE that brings a column's comment up to date. */
export const commentColumn = (table: TableDefinition, { name, comment }: Column): string =>
  `ALTER TABLE ${quoteTable(table)} COMMENT COLUMN ${quoteName(name)} ${quoteText(comment)}`

/** The views of a table: `<table>_latest`, and `<table>_asof(as_of = …)` where rows say when they became known. */
export function createViews(table: TableDefinition, onCluster = ''): ViewStatement[] {
  const latest = view(table, `${table.name}_latest`, [], 'Newest record of each', onCluster)
  if (!hasKnownAt(table)) return [latest]
  const known = "known_at <= {as_of:DateTime64(3, 'UTC')}"
  return [latest, view(table, `${table.name}_asof`, [known], 'Newest record known at as_of of each', onCluster)]
}

// Sorting by the natural key first lets ClickHouse read in the table's order and push a filter on symbol or time below LIMIT BY.
function view(table: TableDefinition, name: string, known: string[], what: string, onCluster: string): ViewStatement {
  const { adopted, isCurrent, latestRun, key } = runsOf(table)
  const conditions = [...known, ...onePartition[`${table.marketWide}`], ...isCurrent]
  const newest = [...(hasKnownAt(table) ? ['known_at'] : []), '_epoch', '_offset', '_partition'].map(quoteName)
  const select = [
    ...adopted,
    `SELECT ${['*', ...table.labels.map(({ name }) => quoteName(name))].join(', ')} FROM ${quoteTable(table)}`,
    ...(conditions.length > 0 ? [`WHERE ${conditions.join(' AND ')}`] : []),
    `ORDER BY ${[names(key), ...[...latestRun, ...newest].map((value) => `${value} DESC`)].join(', ')}`,
    `LIMIT 1 BY ${names(key)}`,
  ].join('\n')
  // A view keeps the columns that `*` meant when it was made, so the comment says of which definition it is.
  const version = createHash('sha256').update(`${table.schemaHash} ${select}`).digest('hex').slice(0, 16)
  const comment = `${what} ${key.join(', ')}. ${table.comment} [${version}]`
  const create = `CREATE OR REPLACE VIEW ${quoteTable({ database: table.database, name })}${onCluster} AS`
  return { name, comment, sql: `${create}\n${select}\nCOMMENT ${quoteText(comment)}` }
}

/**
 * How a view takes runs. Where backfills add rows, one row of each key is read whatever its run: that of the run adopted last, and
 * where that has none (or none known by then) that of the run before it, at last the one that no backfill made. Rows of runs
 * that were not adopted are not read. The adopted runs are looked up once a query.
 */
export function runsOf({ naturalKey, runs }: TableDefinition) {
  if (runs === undefined) return { adopted: [], isCurrent: [], latestRun: [], key: naturalKey }
  const inOrder = `SELECT run_id FROM ${quoteTable(runs)} WHERE adopted_at IS NOT NULL GROUP BY run_id ORDER BY max(adopted_at), run_id`
  return {
    adopted: [`WITH (SELECT groupArray(toString(run_id)) FROM (${inOrder})) AS adopted_runs`],
    isCurrent: [`(NOT startsWith(run_id, ${quoteText(BACKFILL_PREFIX)}) OR has(adopted_runs, toString(run_id)))`],
    latestRun: ['indexOf(adopted_runs, toString(run_id))'],
    key: naturalKey.filter((name) => name !== 'run_id'),
  }
}

/** Of what is on every partition, the rows of one. */
const onePartition = {
  false: [],
  true: ['_partition = 0'],
  'symbol-*': ["(symbol != '*' OR _partition = 0)"],
} as const

const names = (columns: readonly string[]): string => columns.map(quoteName).join(', ')
