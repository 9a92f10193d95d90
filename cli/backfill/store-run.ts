import type { RecordCodec } from '../../avro/codec.ts'
import type { DataRecord } from '../../processors/processor.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { createSink, storeAll } from '../../sink/sink.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'
import type { Log } from '../../streams/port.ts'
import { chainTopicId, runTopicId, runTopics } from '../../topics/run-topics.ts'
import { readAll } from './read-log.ts'
import { runCodec } from './run-codec.ts'
import { RUNS } from './runs.ts'

const recordsPerInsert = 5_000

/** What a run is stored with. */
export type StoreOptions = {
  readonly log: Log
  readonly codec: RecordCodec
  readonly client: ClickHouse
  /** The tables of the chain. */
  readonly tables: readonly TableDefinition[]
  readonly runId: string
  /** The partition of the symbol. */
  readonly partition: number
  /** The one topic of the chain that the run wrote, if it wrote no more. */
  readonly only?: string | undefined
}

/**
 * Stores the rows of a run in the tables of the chain, under its `run_id` and its own topics, and what the log says of the run.
 * Again and again is the same as once, also beside the sink, which stores the topic of runs as well.
 */
export async function storeRun(options: StoreOptions): Promise<void> {
  const { log, codec, client, tables, runId, partition, only } = options
  const written = new Set(runTopics(runId, only).map(({ id }) => chainTopicId(id, runId)))
  const rebuilt = tables.filter((table) => table.runs !== undefined && written.has(table.topic))
  const ofRun = rebuilt.map((table) => ({ ...table, topic: runTopicId(table.topic, runId) }))
  const ofRuns = tables.filter(({ topic }) => topic === RUNS)
  const sink = createSink({ client, tables: [...ofRun, ...ofRuns], runId })
  const store = (records: readonly DataRecord[]) => storeAll(sink, records)
  for (const { id } of runTopics(runId, only))
    await storeTopic(log, runCodec(codec, runId), { topic: id, partition: 0 }, store)
  const isOfRun = ({ value }: DataRecord) => value.run_id === runId
  await storeTopic(log, codec, { topic: RUNS, partition }, (records) => store(records.filter(isOfRun)))
}

async function storeTopic(
  log: Log,
  codec: RecordCodec,
  where: { readonly topic: string; readonly partition: number },
  store: (records: readonly DataRecord[]) => Promise<void>,
): Promise<void> {
  let waiting: DataRecord[] = []
  for await (const batch of readAll(log, codec, where)) {
    for (const record of batch) if (record.kind === 'data') waiting.push(record)
    if (waiting.length < recordsPerInsert) continue
    await store(waiting)
    waiting = []
  }
  await store(waiting)
}
