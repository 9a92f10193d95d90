import type { RecordSchema } from '../avro/schemas.ts'
import type { TableLookup } from './chunk-blocks.ts'
import { grownSchemaOf } from './encoded-row.ts'
import { defineTable, type TableDefinition } from './table-definition.ts'

/**
 * The lookup for records that a later release wrote too: their table has the columns of the writer's schema, so that a sink which was
 * started before a field came stores it. `tableOf` finds the tables of this release.
 */
export function growingLookup(tableOf: TableLookup): TableLookup {
  const grown = new WeakMap<RecordSchema, Map<string, TableDefinition>>()
  return (topic, recordName, value) => {
    const table = tableOf(topic, recordName, value)
    const schema = grownSchemaOf(value)
    if (table === undefined || schema === undefined) return table
    const byTopic = grown.get(schema) ?? new Map<string, TableDefinition>()
    grown.set(schema, byTopic)
    const known = byTopic.get(topic)
    if (known !== undefined) return known
    const { database, name, epoch, runs } = table
    const origin = { database, table: name, topic, epoch, ...(runs === undefined ? {} : { runs: runs.name }) }
    const fresh = defineTable(schema, origin)
    byTopic.set(topic, fresh)
    return fresh
  }
}
