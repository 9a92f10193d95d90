import { setTimeout as sleep } from 'node:timers/promises'
import { fromCut } from '../../streams/stitched-log.ts'
import { findAddresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import { loadMarket } from '../market.ts'
import { releaseId } from '../release-id.ts'
import { askedToEnd, sayAs } from '../worker.ts'
import { replayDefinitions } from './definitions.ts'
import { cutsOf, logOfReplay, type OpenReplay, openReplay, replayTables } from './open-replay.ts'
import { shapeOf } from './plan.ts'
import { ReplayRefusedError } from './replay-error.ts'
import { listReplays, type Replay } from './replays.ts'
import { startWorkerSet, type WorkerSet } from './worker-set.ts'

const stopWithinMs = 15_000

/** How a process that runs the processors of a replay was asked to. */
export type ReplayWorkerCommand = { readonly batch?: string; readonly parentPipe?: boolean }

/** A worker of each processor of a replay, in this process. `batch`: most records of a transaction. */
export async function startReplayWorkers(
  open: OpenReplay,
  replay: Replay,
  batch: number | undefined,
  say?: Parameters<typeof startWorkerSet>[0]['say'],
): Promise<WorkerSet> {
  const { codec, config, client } = open
  const shape = shapeOf(replay)
  const store = async () => ({ client, tables: replayTables(config, shape), gaps: config.sinkGaps })
  const log = logOfReplay(open, replay)
  return startWorkerSet({
    definitions: await replayDefinitions(shape.processors, { market: loadMarket(), store }),
    partitions: config.partitions,
    runId: config.runId,
    log,
    stateless: fromCut(log, cutsOf(replay)),
    codec,
    release: releaseId(),
    ...(batch === undefined ? {} : { limits: { records: batch } }),
    ...(say ? { say } : {}),
  })
}

/** `barline replay-worker`: what `barline replay` starts. Resolves to the exit code. */
export async function runReplayWorker(name: string, config: Config, command: ReplayWorkerCommand): Promise<number> {
  const say = sayAs(`replay-${name}`)
  const ended = askedToEnd(command.parentPipe === true)
  const open = await openReplay(config, findAddresses(config), name, say)
  try {
    const replay = (await listReplays(open.base, open.codec)).find((each) => each.name === name)
    if (replay === undefined) throw new ReplayRefusedError(`No replay ${name} has begun`)
    const batch = command.batch === undefined ? undefined : Number(command.batch)
    const workers = await startReplayWorkers(open, replay, batch, say)
    say('running', { pid: process.pid })
    const reason = await Promise.race([ended, workers.failure])
    say('stopping', { reason })
    await Promise.race([workers.stop(), sleep(stopWithinMs, undefined, { ref: false })])
    return 0
  } finally {
    await open.close()
  }
}
