import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../catalog/project-root.ts'
import { openTopicAdmin } from '../../streams/kafka/open-topic-admin.ts'
import { provision } from '../../topics/provisioning.ts'
import { runTopics } from '../../topics/run-topics.ts'
import { type Addresses, findAddresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import { connectCodec, openLog } from '../connect.ts'
import { connectClickHouse, tablesOf } from '../connect-store.ts'
import { progressBar } from '../load.ts'
import { loadMarket } from '../market.ts'
import { parseTime } from '../parse-time.ts'
import { type Backfilled, backfill } from './backfill.ts'
import { BackfillRefusedError } from './backfill-error.ts'
import { printBackfill } from './report.ts'
import type { Run } from './runs.ts'
import { storeRun } from './store-run.ts'
import { adoptRun } from './write-log.ts'

/** What `barline backfill` is asked for. */
export type BackfillCommand = {
  readonly symbol: string
  readonly from?: string
  readonly corrections?: readonly string[]
  readonly dryRun?: boolean
  readonly adopt?: boolean
}

const linesShown = 20
const now = () => Date.now()

/** `barline backfill`. Resolves to the exit code: 0, or 2 when lines of files were refused. */
export async function runBackfill(
  config: Config,
  command: BackfillCommand,
  print: (line: string) => void,
): Promise<number> {
  const fromTs = command.from === undefined ? undefined : parseFrom(command.from)
  const addresses = findAddresses(config)
  const log = openLog(config, addresses, 'barline-backfill')
  const bar = progressBar('folding')
  try {
    const codec = await connectCodec(config, addresses)
    const done = await backfill({
      log,
      codec,
      partitions: config.partitions,
      market: loadMarket(),
      symbol: command.symbol,
      fromTs,
      files: command.corrections ?? [],
      baseRunId: config.runId,
      release: releaseOf(),
      now,
      ...(command.dryRun ? {} : { createTopics: (runId: string) => createTopics(runId, config, addresses) }),
      onProgress: (offset, end) => bar.update(offset, end),
    })
    bar.stop()
    printLines(done)
    printBackfill(command.symbol, done.plan, done.rebuilt, print)
    const { run } = done.rebuilt
    if (run === undefined) print('\ndry run: nothing was written')
    else await keep(done, run, config, addresses, command.adopt === true, print)
    return done.plan.refused.length > 0 ? 2 : 0
  } finally {
    bar.stop()
    await log.close()
  }
}

/** Stores a run, and adopts it when asked to. */
async function keep(
  { context, rebuilt }: Backfilled,
  run: Run,
  config: Config,
  addresses: Addresses,
  isAdopted: boolean,
  print: (line: string) => void,
): Promise<void> {
  const { log, codec, partition } = context
  const client = connectClickHouse(config, addresses)
  const store = () => storeRun({ log, codec, client, tables: tablesOf(config), runId: run.run_id, partition })
  try {
    await store()
    print(`\n${rebuilt.written} rows written, on topics *.${run.run_id}; in ClickHouse under run_id ${run.run_id}`)
    if (isAdopted) {
      await adoptRun(context, run, now())
      await store()
    }
  } finally {
    await client.close()
  }
  const range = `${new Date(run.from_ts).toISOString()} to ${new Date(run.to_ts).toISOString()}`
  if (isAdopted) print(`adopted: the _latest and _asof views now read ${run.symbol} from it, ${range}`)
  else if (run.adopted_at !== null) print('it was adopted before: the _latest and _asof views read it')
  else
    print(
      'not adopted: the _latest and _asof views go on with the run it corrects; the same command with --adopt changes that',
    )
}

/** Makes the topics of a run, or the only one that it writes. */
export async function createTopics(runId: string, config: Config, addresses: Addresses, only?: string): Promise<void> {
  const admin = await openTopicAdmin({ brokers: addresses.brokers })
  try {
    const { topicPrefix, partitions, replicationFactor } = config
    await provision({ admin, partitions, topicPrefix, replicationFactor, specs: runTopics(runId, only) })
  } finally {
    await admin.close()
  }
}

function printLines({ plan, otherSymbols }: Backfilled): void {
  for (const { file, line, why } of plan.refused.slice(0, linesShown)) process.stderr.write(`${file}:${line}: ${why}\n`)
  if (plan.refused.length > linesShown) process.stderr.write('… further refused lines are only counted\n')
  if (otherSymbols > 0) process.stderr.write(`${otherSymbols} lines of other symbols were passed over\n`)
}

function parseFrom(text: string): number {
  try {
    return parseTime(text, '--from')
  } catch (error) {
    throw new BackfillRefusedError(error instanceof Error ? error.message : String(error))
  }
}

/** Version of this package. */
export function releaseOf(): string {
  const { version } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { version: string }
  return version
}
