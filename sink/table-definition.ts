import { createHash } from 'node:crypto'
import { fullName, type RecordField, type RecordSchema } from '../avro/schemas.ts'
import { columnTypeOf } from './avro-column.ts'
import { type ColumnType, clickHouseType } from './column-type.ts'
import { SchemaNotStorableError } from './errors.ts'
import { type NaturalKey, naturalKeyOf } from './natural-keys.ts'

/** Where a column's value comes from: a field of the record, or the record's place in the log. */
type ColumnSource = 'field' | 'run' | 'topic' | 'epoch' | 'partition' | 'offset' | 'key'

/** One column of a table. */
export type Column = {
  readonly name: string
  readonly type: ColumnType
  readonly source: ColumnSource
  readonly comment: string
}

/** A column that ClickHouse works out when it is read: the label of a code that another column holds. */
export type LabelColumn = {
  readonly name: string
  /** The column of the code. */
  readonly of: string
  readonly labels: readonly (readonly [code: number, label: string])[]
}

/** A ClickHouse table, as the Avro schema of its records asks for it. */
export type TableDefinition = {
  readonly database: string
  readonly name: string
  readonly comment: string
  /** The one topic it is filled from. */
  readonly topic: string
  readonly epoch: number
  /** Full name of the Avro record. */
  readonly recordName: string
  readonly columns: readonly Column[]
  /** Not inserted; behind the columns. */
  readonly labels: readonly LabelColumn[]
  /** Columns that say what a row speaks of; `run_id` is one, so runs never hide each other's rows in the table. */
  readonly naturalKey: readonly string[]
  /** Columns that rows are sorted by; equal in all of them means the same record of the log, inserted twice. */
  readonly sortingKey: readonly string[]
  /** As in the natural key: which records are on every partition. */
  readonly marketWide: NonNullable<NaturalKey['marketWide']>
  /** The table of runs, where backfills add rows: views then read those of the runs that were adopted, and no others. */
  readonly runs?: { readonly database: string; readonly name: string }
  /** Hash of what a row means and how it is encoded: names, types and keys, not comments and not compression. */
  readonly schemaHash: string
}

/** What a table is made from besides its schema. */
export type TableOrigin = {
  readonly database: string
  readonly table: string
  readonly topic: string
  readonly epoch: number
  /** Name of the table of runs, where backfills add rows. */
  readonly runs?: string
}

const symbolText: ColumnType = { kind: 'string', nullable: false, lowCardinality: true }

const run: Column = { name: 'run_id', type: symbolText, source: 'run', comment: 'live, or the run that made it' }

const coordinates: readonly Column[] = [
  { name: '_topic', type: symbolText, source: 'topic', comment: 'Kafka topic of the record' },
  {
    name: '_epoch',
    type: { kind: 'uint32', nullable: false },
    source: 'epoch',
    comment: 'Counts the times the topic was made anew; offsets compare within one epoch',
  },
  {
    name: '_partition',
    type: { kind: 'int32', nullable: false },
    source: 'partition',
    comment: 'Kafka partition of the record',
  },
  {
    name: '_offset',
    type: { kind: 'int64', nullable: false },
    source: 'offset',
    comment: 'Kafka offset of the record',
  },
  { name: '_key', type: { kind: 'string', nullable: false }, source: 'key', comment: 'Kafka key of the record' },
]

/**
 * The table that keeps the records of `schema`: a column per field, then the run and the place in the log. Throws
 * {@link SchemaNotStorableError} on a field that no column can hold.
 */
export function defineTable(schema: RecordSchema, origin: TableOrigin): TableDefinition {
  const recordName = fullName(schema)
  const fields = schema.fields.map((field): Column => {
    const type = columnTypeOf(field)
    if (!type)
      throw new SchemaNotStorableError(recordName, `no column for field ${field.name}: ${JSON.stringify(field.type)}`)
    return { name: field.name, type, source: 'field', comment: field.doc ?? '' }
  })
  const hasRun = fields.some((column) => column.name === run.name)
  const columns = [...fields, ...(hasRun ? [] : [run]), ...coordinates]
  const taken = columns.find((column, index) => columns.findIndex(({ name }) => name === column.name) !== index)
  if (taken) throw new SchemaNotStorableError(recordName, `the name ${taken.name} is taken by a column of the sink`)
  const labels = schema.fields.flatMap(labelsOf)
  const { fields: key, marketWide = false } = naturalKeyOf(recordName)
  const naturalKey = [...key, run.name]
  for (const name of naturalKey) {
    const type = columns.find((column) => column.name === name)?.type
    if (!type || !('nullable' in type) || type.nullable) {
      throw new SchemaNotStorableError(
        recordName,
        `${name} is in its natural key (sink/natural-keys.ts) but is not a plain field`,
      )
    }
  }
  const sortingKey = [...naturalKey, '_epoch', '_partition', '_offset']
  return {
    database: origin.database,
    name: origin.table,
    comment: `${schema.doc ?? recordName} Record ${recordName} of topic ${origin.topic}.`,
    topic: origin.topic,
    epoch: origin.epoch,
    recordName,
    columns,
    labels,
    naturalKey,
    sortingKey,
    marketWide,
    ...(origin.runs === undefined ? {} : { runs: { database: origin.database, name: origin.runs } }),
    schemaHash: hashOf(columns, labels, sortingKey),
  }
}

/** Whether rows say when they became known, so that the table can be read as of a time. */
export const hasKnownAt = (table: TableDefinition): boolean => table.columns.some(({ name }) => name === 'known_at')

/** The label column of a field that says what its codes stand for. */
function labelsOf({ name, codes }: RecordField): readonly LabelColumn[] {
  if (codes === undefined) return []
  const labels = Object.entries(codes).map(([code, label]) => [Number(code), label] as const)
  return [{ name: `${name}_label`, of: name, labels }]
}

function hashOf(columns: readonly Column[], labels: readonly LabelColumn[], sortingKey: readonly string[]): string {
  const meaning: unknown[] = [columns.map(({ name, type }) => [name, clickHouseType(type)]), sortingKey]
  if (labels.length > 0) meaning.push(labels)
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex').slice(0, 16)
}
