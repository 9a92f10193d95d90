import type { Addresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import { progressBar } from '../load.ts'
import { beginOrResume, stamp } from './begin.ts'
import { logOfReplay, type OpenReplay, openReplay } from './open-replay.ts'
import type { ReplayOptions } from './options.ts'
import { feedParts, shapeOf, wantedBy } from './plan.ts'
import { runReplay } from './replay.ts'
import { type Replay, writeReplay } from './replays.ts'
import { printSummary } from './report.ts'
import { totalOf } from './settle.ts'
import type { WorkerSet } from './worker-set.ts'

/** How the workers of a replay are run; by default each set is a process. */
export type StartWorkers = (
  open: OpenReplay,
  replay: Replay,
  options: Pick<ReplayOptions, 'workers' | 'batch'>,
) => Promise<WorkerSet>

/** Runs, or goes on with, the replay that a command asks for; gives it as it is in the log afterwards. */
export async function replayInto(
  config: Config,
  addresses: Addresses,
  options: ReplayOptions,
  {
    print,
    start,
    signal,
  }: { readonly print: (line: string) => void; readonly start: StartWorkers; readonly signal?: AbortSignal },
): Promise<Replay> {
  const { request, barsPerSecond, workers, batch } = options
  const open = await openReplay(config, addresses, request.name)
  try {
    const replay = await beginOrResume(open, config, addresses, request, print)
    const shape = shapeOf(replay)
    if (replay.state === 'begun') {
      const [fedBar, lagBar] = [progressBar('feeding'), progressBar('processing')]
      let mostLag = 0
      const startedAt = performance.now()
      const fed = await runReplay({
        source: open.base,
        target: open.own,
        log: logOfReplay(open, replay),
        codec: open.codec,
        partitions: config.partitions,
        processors: shape.processors,
        parts: feedParts(shape, replay),
        wants: wantedBy(replay),
        barsPerSecond,
        startWorkers: () => start(open, replay, { workers, batch }),
        onProgress: (done, total) => fedBar.update(done, total),
        onLag: (lags) => {
          mostLag = Math.max(mostLag, totalOf(lags))
          lagBar.update(mostLag - totalOf(lags), mostLag)
        },
        ...(signal ? { signal } : {}),
      }).finally(() => {
        fedBar.stop()
        lagBar.stop()
      })
      await writeReplay(open.base, open.codec, { ...replay, state: 'finished', ...stamp() })
      await printSummary(open, replay, print, { ...fed, seconds: (performance.now() - startedAt) / 1000 })
    } else await printSummary(open, replay, print)
    return { ...replay, state: 'finished' }
  } finally {
    await open.close()
  }
}
