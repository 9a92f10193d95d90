import type { ChunkProcessor } from '../../processors/processor.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { createSink } from '../../sink/sink.ts'
import type { Addresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import { connectClickHouse, tablesOf } from '../connect-store.ts'

/** The sink of an installation, made at the first use: most replays store no rows. */
export function sinkOf(
  config: Config,
  addresses: Addresses,
): { open: () => ChunkProcessor; close: () => Promise<void> } {
  let client: ClickHouse | undefined
  let sink: ChunkProcessor | undefined
  return {
    open: () => {
      client ??= connectClickHouse(config, addresses)
      sink ??= createSink({ client, tables: tablesOf(config), runId: config.runId })
      return sink
    },
    close: async () => client?.close(),
  }
}
