import type { RecordCodec } from '../../avro/codec.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'
import { type Log, partitionKey } from '../../streams/port.ts'
import { topicById } from '../../topics/topics.ts'
import { dataOf } from '../backfill/read-log.ts'
import { compareTables, type TableComparison } from './compare-tables.ts'
import { isWithin, type TimeRange } from './sides.ts'

/** A log and the tables that the sink keeps of it. */
export type StoredLog = {
  readonly log: Log
  readonly codec: RecordCodec
  readonly client: ClickHouse
  readonly tables: readonly TableDefinition[]
  readonly partitions: number
  readonly runId: string
  /** Where the sink began to store, by topic[partition]; the beginning where nothing is said. */
  readonly starts?: Readonly<Record<string, number>>
}

const sink = 'sink'

/** Compares topics with their tables, as far as the sink has committed them. */
export async function verifyTables(
  stored: StoredLog,
  topics: readonly string[],
  range: TimeRange,
  onProgress: (records: number) => void,
): Promise<TableComparison[]> {
  const { log, codec, client, tables, runId } = stored
  const refused = await refusedBySink(stored)
  const comparisons: TableComparison[] = []
  for (const topic of topics) {
    const all = partitionsOf(stored, topic)
    const [bounds, committed] = [await log.bounds(all), await log.committed(sink, all)]
    const stretches = all.map((where) => {
      const key = partitionKey(where)
      const start = stored.starts?.[key] ?? bounds.get(key)?.start ?? 0
      return { where, stretch: { log, start, end: committed.get(key) ?? start, wants: isWithin(range) } }
    })
    const context = { codec, client, tables, runId, refused, onProgress }
    comparisons.push(await compareTables(context, topic, stretches))
  }
  return comparisons
}

/** The places about which the sink wrote a dead letter. */
async function refusedBySink(stored: StoredLog): Promise<Set<string>> {
  const places = new Set<string>()
  for (const where of partitionsOf(stored, `dead-letters.${sink}`)) {
    for (const { value } of await dataOf(stored.log, stored.codec, where)) {
      places.add(`${value.source_topic}[${value.source_partition}]@${value.source_offset}`)
    }
  }
  return places
}

function partitionsOf({ partitions }: StoredLog, topic: string) {
  const count = topicById(topic).partitions === 'chain' ? partitions : 1
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }))
}
