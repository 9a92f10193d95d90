import type { Log } from '../../streams/port.ts'
import type { Lag } from '../drain.ts'
import type { ReplayedProcessor } from './definitions.ts'
import { type Fed, type FeedOptions, feed } from './feed.ts'
import { settled, type Waiting } from './settle.ts'
import type { WorkerSet } from './worker-set.ts'

const stallMs = 120_000

/** What a replay is run with. */
export type ReplayRun = Omit<FeedOptions, 'target'> & {
  /** The log as the processors of the replay see it. */
  readonly log: Log
  /** The topics of the replay themselves. */
  readonly target: Log
  readonly partitions: number
  readonly processors: readonly ReplayedProcessor[]
  readonly startWorkers: () => Promise<WorkerSet>
  readonly onLag?: (lags: readonly Lag[]) => void
}

/**
 * Feeds a replay while its processors run, and resolves when they have committed all of it. A replay that was cut off is run
 * again in the same way. Throws what stops a worker or the feed, and `StalledError`.
 */
export async function runReplay(run: ReplayRun): Promise<Fed & Waiting> {
  const { log, partitions, processors, startWorkers, onLag, signal } = run
  const workers = await startWorkers()
  const aborted = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  const failure = Promise.race([workers.failure, aborted])
  failure.catch(() => undefined)
  const feeding = feed(run)
  try {
    const fed = await Promise.race([feeding, failure])
    const rest = await settled({
      log,
      definitions: processors,
      partitions,
      stallMs,
      failure,
      ...(onLag ? { onLag } : {}),
    })
    return { ...fed, ...rest }
  } finally {
    await workers.stop()
    // A feed that is cut off fails in its own time; what it has to say is said already.
    if (signal?.aborted) await feeding.catch(() => undefined)
  }
}
