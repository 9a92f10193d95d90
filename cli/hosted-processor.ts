import type { RecordCodec } from '../avro/codec.ts'
import type { MissingRows } from '../sink/errors.ts'
import { createWorkerMetrics } from '../streams/metrics.ts'
import type { Log } from '../streams/port.ts'
import { Worker } from '../streams/worker.ts'
import type { ProcessorName } from '../topics/topics.ts'
import type { Addresses } from './addresses.ts'
import { defineProcessor } from './chain.ts'
import type { Config } from './config.ts'
import type { Say } from './connect.ts'
import type { Market } from './market.ts'
import { releaseId } from './release-id.ts'

/** What the processors of a process share, and the voice of this one. */
export type HostContext = {
  readonly config: Config
  readonly addresses: Addresses
  readonly log: Log
  readonly codec: RecordCodec
  readonly market: Market
  readonly say: Say
}

/** A processor in this process: its worker, its metrics, and what is to be closed after it. */
export type HostedProcessor = {
  readonly worker: Worker
  /** Its metrics in the text format of Prometheus. */
  readonly metricsText: () => Promise<string>
  readonly close: () => Promise<void>
}

/** Makes a processor ready to start. Throws `CatalogError` when the catalog cannot be honoured. */
export async function hostProcessor(name: ProcessorName, context: HostContext): Promise<HostedProcessor> {
  const { config, addresses, log, codec, market, say } = context
  let close = async () => {}
  const definition = await defineProcessor(name, {
    market,
    store: async () => {
      const { connectClickHouse, tablesOf } = await import('./connect-store.ts')
      const client = connectClickHouse(config, addresses)
      close = () => client.close()
      const report = ({ offsets, ...input }: MissingRows) =>
        say('rows-read-again', { ...input, missing: offsets.length })
      return { client, tables: tablesOf(config), gaps: config.sinkGaps, report }
    },
  })
  const metrics = createWorkerMetrics(name)
  const { partitions, runId, snapshots } = config
  const release = releaseId()
  const worker = new Worker({ definition, partitions, runId, snapshots, release, log, codec, metrics, onEvent: say })
  return {
    worker,
    metricsText: () => {
      for (const { id, buffered } of worker.status.tasks) metrics.buffered(id, buffered)
      return metrics.registry.metrics()
    },
    close: () => close(),
  }
}
