import type { RecordSchema } from '../avro/schemas.ts'
import { type TopicSpec, tableName, topicById } from '../topics/topics.ts'
import { SchemaNotStorableError } from './errors.ts'
import { defineTable, type TableDefinition } from './table-definition.ts'

/** What the tables are put together from. */
export type StoredTablesOptions = {
  readonly topics: readonly TopicSpec[]
  /** The parsed Avro schema of a record, by its full name. */
  readonly schemaOf: (recordName: string) => RecordSchema
  readonly database: string
}

const runsTable = tableName(topicById('runs').id)

/** The tables of all records that `topics` keeps, in the order of the topics. One table is filled from one topic. */
export function storedTables({ topics, schemaOf, database }: StoredTablesOptions): TableDefinition[] {
  const tables = topics.flatMap((topic) =>
    topic.records.flatMap(({ name, table, isRebuilt }) => {
      if (table === undefined) return []
      const origin = { database, table, topic: topic.id, epoch: topic.epoch, ...(isRebuilt ? { runs: runsTable } : {}) }
      return [defineTable(schemaOf(name), origin)]
    }),
  )
  const owners = new Map<string, TableDefinition>()
  for (const table of tables) {
    const owner = owners.get(table.name)
    if (owner)
      throw new SchemaNotStorableError(
        table.recordName,
        `table ${table.name} already keeps ${owner.recordName} of ${owner.topic}`,
      )
    owners.set(table.name, table)
  }
  return tables
}
