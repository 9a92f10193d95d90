import { loadSchemas } from '../avro/schemas.ts'
import { type ClickHouse, openClickHouse } from '../sink/clickhouse-client.ts'
import { storedTables } from '../sink/stored-tables.ts'
import type { TableDefinition } from '../sink/table-definition.ts'
import { topics } from '../topics/topics.ts'
import type { Addresses } from './addresses.ts'
import type { Config } from './config.ts'

/** ClickHouse. */
export function connectClickHouse(config: Config, { clickhouseUrl }: Addresses): ClickHouse {
  const { username, password } = config.clickhouse
  return openClickHouse({
    url: clickhouseUrl,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  })
}

/** The tables of everything that is stored. */
export function tablesOf(config: Config): TableDefinition[] {
  const schemas = loadSchemas()
  const schemaOf = (name: string) => {
    const schema = schemas.get(name)
    if (!schema) throw new RangeError(`No schema of ${name} in avro/schemas`)
    return schema
  }
  const active = topics.filter(({ status }) => status === 'active')
  return storedTables({ topics: active, schemaOf, database: config.clickhouse.database })
}
