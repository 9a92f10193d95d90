import { openCodec, type RecordCodec } from '../avro/codec.ts'
import { loadSchemas } from '../avro/schemas.ts'
import { type ClickHouse, openClickHouse } from '../sink/clickhouse-client.ts'
import { storedTables } from '../sink/stored-tables.ts'
import type { TableDefinition } from '../sink/table-definition.ts'
import { standStillAt } from '../streams/fault-points.ts'
import { KafkaLog } from '../streams/kafka/kafka-log.ts'
import { topics } from '../topics/topics.ts'
import type { Addresses } from './addresses.ts'
import type { Config } from './config.ts'

/** A line about what happens, for the log of a process. */
export type Say = (event: string, details?: Record<string, unknown>) => void

/** The log as this process's settings say. */
export function openLog(config: Config, { brokers }: Addresses, clientId: string, say: Say = () => {}): KafkaLog {
  const announce = (line: string) => process.stdout.write(`${line}\n`)
  return new KafkaLog({
    brokers,
    clientId,
    prefix: config.topicPrefix,
    sessionTimeoutMs: config.sessionTimeoutMs,
    onLog: (level, message, details) => say(`kafka-${level}`, { message, ...details }),
    ...(config.faultPoint ? { faultPoint: standStillAt(config.faultPoint, announce) } : {}),
  })
}

/** The codec over the registry. */
export function connectCodec(config: Config, { registryUrl }: Addresses): Promise<RecordCodec> {
  return openCodec({ registryUrl, topicPrefix: config.topicPrefix })
}

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
