import { resolveView } from '../../catalog/views.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { partitionOfKey } from '../../streams/kafka/partitioner.ts'
import { findAddresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import { connectCodec, openLog } from '../connect.ts'
import { connectClickHouse, tablesOf } from '../connect-store.ts'
import { progressBar } from '../load.ts'
import { loadMarket } from '../market.ts'
import { textTable } from '../text-table.ts'
import { createTopics, releaseOf } from './command.ts'
import { type FillOptions, fillFeatures, symbolsOnTape } from './fill-features.ts'
import type { Rebuilt } from './rebuild.ts'
import { makeFeatureStages } from './stages.ts'
import { storeRun } from './store-run.ts'
import { adoptRun } from './write-log.ts'

/** What `barline backfill --features` is asked for. */
export type FeatureBackfillCommand = {
  /** Ids, separated by commas. */
  readonly features: string
  readonly view: string
  /** Without it all symbols of the tape. */
  readonly symbol?: string
  readonly dryRun?: boolean
}

const now = () => Date.now()

/** `barline backfill --features`. Resolves to the exit code. */
export async function runFeatureBackfill(
  config: Config,
  command: FeatureBackfillCommand,
  print: (line: string) => void,
): Promise<number> {
  const view = resolveView(command.view)
  const features = command.features.split(',').map((id) => id.trim())
  const addresses = findAddresses(config)
  const log = openLog(config, addresses, 'barline-backfill')
  const client = command.dryRun === true ? undefined : connectClickHouse(config, addresses)
  const bar = progressBar('folding')
  try {
    const codec = await connectCodec(config, addresses)
    const { partitions, runId: baseRunId } = config
    const symbols = command.symbol === undefined ? await symbolsOnTape(log, codec, partitions) : [command.symbol]
    const market = loadMarket()
    const filled: Record<string, unknown>[] = []
    for (const symbol of symbols) {
      const options: FillOptions = {
        ...{ log, codec, partitions, market, symbol, view, features, baseRunId, release: releaseOf(), now },
        makeStages: (context) => makeFeatureStages(market, context),
        onProgress: (offset, end) => bar.update(offset, end),
        ...(client && { createTopics: (runId) => createTopics(runId, config, addresses, view.topic) }),
      }
      const rebuilt = await fillFeatures(options)
      if (client !== undefined) await keep(rebuilt, options, client, config)
      filled.push({ symbol, rows: rebuilt.comparisons.get(view.topic)?.rows ?? 0, run: rebuilt.run?.run_id ?? '-' })
    }
    bar.stop()
    print(textTable(filled))
    const done = `${features.join(', ')} of ${view.id}: every other feature is as it was`
    print(client === undefined ? `dry run, nothing was written; ${done}` : done)
    return 0
  } finally {
    bar.stop()
    await client?.close()
    await log.close()
  }
}

/** Stores the rows, then lets the views read them before those that lack the features. */
async function keep({ run }: Rebuilt, options: FillOptions, client: ClickHouse, config: Config): Promise<void> {
  if (run === undefined) return
  const { log, codec, partitions, symbol, view } = options
  const partition = partitionOfKey(symbol, partitions)
  const stored = { log, codec, client, tables: tablesOf(config), runId: run.run_id, partition, only: view.topic }
  await storeRun(stored)
  if (run.adopted_at === null) await adoptRun({ log, codec, partition }, run, now())
  await storeRun(stored)
}
