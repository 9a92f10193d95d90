import type { Log } from '../../streams/port.ts'
import type { Lag } from '../drain.ts'
import type { ReplayedProcessor } from './definitions.ts'
import { type Fed, type FeedOptions, feed } from './feed.ts'
import { settled, type Waiting } from './settle.ts'
import { failureOf, type WorkerSet } from './worker-set.ts'

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
  const ended = new AbortController()
  const feeding = feed({ ...run, signal: AbortSignal.any(signal ? [signal, ended.signal] : [ended.signal]) })
  // A feed that ends behind a failed worker, or because it was asked to, has nothing more to say.
  feeding.catch(() => undefined)
  const aborted = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  const failure = failureOf([workers.failure, aborted])
  try {
    const fed = await Promise.race([feeding, failure])
    const waited = { log, definitions: processors, partitions, stallMs, failure, ...(onLag ? { onLag } : {}) }
    return { ...fed, ...(await settled(waited)) }
  } finally {
    ended.abort(new Error('the replay has ended'))
    await Promise.allSettled([feeding])
    await workers.stop()
  }
}
