import type { RecordCodec } from '../../avro/codec.ts'
import type { DataRecord } from '../../processors/processor.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { differingColumns, rowBytes, storedRows } from '../../sink/stored-rows.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'
import { decodeInput } from '../../streams/input-record.ts'
import { partitionKey, type TopicPartition } from '../../streams/port.ts'
import { dataRecords, type Stretch } from './data-records.ts'
import type { Difference } from './difference.ts'

/** How the tables of a topic compare with it. */
export type TableComparison = {
  readonly topic: string
  readonly records: number
  readonly equal: number
  readonly differing: number
  /** Records without a row, which the sink has not refused either. */
  readonly missing: number
  /** Records that the sink could not keep, as its dead letters say. */
  readonly refused: number
  /** Rows of offsets at which the topic has no data record, or that are there twice. */
  readonly surplus: number
  readonly first: Difference | undefined
}

/** What tables are compared with. `refused`: places about which the sink wrote a dead letter, as `topic[partition]@offset`. */
export type TableContext = {
  readonly codec: RecordCodec
  readonly client: ClickHouse
  readonly tables: readonly TableDefinition[]
  readonly runId: string
  readonly refused: ReadonlySet<string>
  readonly onProgress?: (records: number) => void
}

/** Offsets asked for at once: rows of the widest table take some kilobytes. */
const offsetsPerQuery = 4_000

type Counts = { -readonly [Name in Exclude<keyof TableComparison, 'topic' | 'first'>]: number }

/** Compares each record of a topic with the row that the sink made of it: the bytes of all columns, the place in the log included. */
export async function compareTables(
  context: TableContext,
  topic: string,
  stretches: readonly { readonly where: TopicPartition; readonly stretch: Stretch }[],
): Promise<TableComparison> {
  const counts: Counts = { records: 0, equal: 0, differing: 0, missing: 0, refused: 0, surplus: 0 }
  let first: Difference | undefined
  for (const { where, stretch } of stretches) {
    for (let start = stretch.start; start < stretch.end; start += offsetsPerQuery) {
      const part = { ...stretch, start, end: Math.min(start + offsetsPerQuery, stretch.end) }
      const found = await comparePart(context, where, part, counts)
      first ??= found
    }
  }
  return { topic, ...counts, first }
}

async function comparePart(
  context: TableContext,
  where: TopicPartition,
  part: Stretch,
  counts: Counts,
): Promise<Difference | undefined> {
  const { codec, client, runId, refused, onProgress } = context
  const tables = context.tables.filter(({ topic }) => topic === where.topic)
  const rows = new Map<string, Map<number, Buffer>>()
  for (const table of tables) {
    const range = { topic: where.topic, epoch: table.epoch, partition: where.partition, from: part.start, to: part.end }
    const stored = await storedRows(client, table, range)
    const byOffset = new Map(stored.map(({ offset, bytes }) => [offset, bytes]))
    counts.surplus += stored.length - byOffset.size
    rows.set(table.recordName, byOffset)
  }
  const bytesOf = new Map(tables.map((table) => [table.recordName, rowBytes(table, runId)]))
  let first: Difference | undefined
  for await (const batch of dataRecords(codec, where, part)) {
    for (const { raw, ordinal } of batch) {
      counts.records += 1
      const { input } = await decodeInput(codec, where, raw)
      if (refused.has(`${partitionKey(where)}@${raw.offset}`)) {
        counts.refused += 1
        continue
      }
      const record = input?.kind === 'data' ? input : undefined
      const row = record && rows.get(record.recordName)?.get(raw.offset)
      if (record) rows.get(record.recordName)?.delete(raw.offset)
      const wanted = record && bytesOf.get(record.recordName)?.(record)
      if (row && Buffer.isBuffer(wanted) && row.equals(wanted)) {
        counts.equal += 1
        continue
      }
      if (row) counts.differing += 1
      else counts.missing += 1
      first ??= await describe(context, where, record, { raw, ordinal, isStored: row !== undefined })
    }
    onProgress?.(batch.length)
  }
  for (const left of rows.values()) counts.surplus += left.size
  return first
}

async function describe(
  { client, tables, runId }: TableContext,
  where: TopicPartition,
  record: DataRecord | undefined,
  {
    raw,
    ordinal,
    isStored,
  }: { readonly raw: { timestamp: number; key: Buffer | null }; ordinal: number; isStored: boolean },
): Promise<Difference> {
  const place = { ...where, ordinal, key: raw.key?.toString('utf8') ?? '', ts: raw.timestamp }
  const table = tables.find(({ recordName, topic }) => topic === where.topic && recordName === record?.recordName)
  if (!isStored || !table || !record)
    return { ...place, fields: [{ field: '(row)', live: 'in the log', other: 'missing' }] }
  const columns = await differingColumns(client, table, record, runId)
  const fields = columns.map(({ column, record: said, row }) => ({ field: column, live: said, other: row }))
  return { ...place, fields }
}
