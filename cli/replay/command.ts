import { type Addresses, findAddresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import { connectCodec, openLog } from '../connect.ts'
import { stamp } from './begin.ts'
import { cleanReplay } from './clean.ts'
import { openReplay } from './open-replay.ts'
import { parseOptions, type ReplayCommand } from './options.ts'
import { ReplayRefusedError } from './replay-error.ts'
import { replayInto, type StartWorkers } from './replay-into.ts'
import { listReplays, writeReplay } from './replays.ts'
import { printFound } from './report.ts'
import { startWorkerProcesses } from './worker-processes.ts'

type Print = (line: string) => void

/** `barline replay`. Resolves to the exit code: 0, or 130 when it was interrupted. */
export async function runReplayCommand(config: Config, command: ReplayCommand, print: Print): Promise<number> {
  const addresses = findAddresses(config)
  if (command.list) return await printList(config, addresses, print)
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort(new ReplayRefusedError('interrupted'))
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    if (command.clean) return await clean(config, addresses, command.into, print)
    const start: StartWorkers = (_, replay, options) => startWorkerProcesses(config, addresses, { replay, ...options })
    await replayInto(config, addresses, parseOptions(command), { print, start, signal: interrupted.signal })
    return 0
  } catch (error) {
    if (!interrupted.signal.aborted) throw error
    print(`interrupted; the same command goes on where it stopped, and with --clean deletes what there is`)
    return 130
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

async function clean(config: Config, addresses: Addresses, name: string, print: Print): Promise<number> {
  const open = await openReplay(config, addresses, name)
  try {
    const known = (await listReplays(open.base, open.codec)).find((each) => each.name === name)
    const { topicPrefix, clickhouse } = open.config
    const cleaned = await cleanReplay(open.config, addresses, {
      topic_prefix: topicPrefix,
      database: clickhouse.database,
    })
    if (known) await writeReplay(open.base, open.codec, { ...known, state: 'cleaned', ...stamp() })
    print(
      `${name}: ${cleaned.topics} topics ${topicPrefix}*, ${cleaned.groups} groups and the database ${cleaned.database} deleted`,
    )
    return 0
  } finally {
    await open.close()
  }
}

async function printList(config: Config, addresses: Addresses, print: Print): Promise<number> {
  const log = openLog(config, addresses, 'barline-replay')
  try {
    const replays = await listReplays(log, await connectCodec(config, addresses))
    for (const replay of replays) printFound(replay, print)
    if (replays.length === 0) print('no replays')
    return 0
  } finally {
    await log.close()
  }
}
