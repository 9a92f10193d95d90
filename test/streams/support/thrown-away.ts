import type { Log } from '../../../streams/port.ts'
import type { SnapshotSettings } from '../../../streams/snapshots/snapshot-settings.ts'
import { type CommitFault, withCommitFaults } from './faulty-log.ts'
import { seededRandom } from './random.ts'
import type { ProcessorRun } from './run-processors.ts'

/** Snapshots that are never due: each restart reads the log from its beginning. */
const never: Partial<SnapshotSettings> = { records: Number.POSITIVE_INFINITY, maxIntervalMs: Number.POSITIVE_INFINITY }

/** So many transactions of a task may go well before its first failure. */
const mostSpared = 4

/** A run in which commits fail at random, known or not to have taken effect, and tasks are thrown away and restored. */
export type ThrownAwayRun = {
  readonly run: Pick<ProcessorRun, 'seen' | 'snapshots' | 'onEvent'>
  readonly happened: CommitFault[]
  /** What states came back from, by processor. */
  readonly sources: Map<string, string[]>
  readonly ignored: unknown[]
}

/**
 * Such a run, fixed by a seed but for the order in which tasks come to their turn. `from`: restarts go on from snapshots, whose rhythm and
 * cut the seed decides, or read the log from its beginning. Each task fails twice; with snapshots, once it has written one, unless it is
 * of a processor that has none. Chance alone might spare a task of few transactions to its end, so the first failure is not put off for long.
 */
export function thrownAway(
  seed: number,
  from: 'snapshots' | 'log',
  stateless: readonly string[] = ['inference', 'sink'],
): ThrownAwayRun {
  const random = seededRandom(seed)
  const happened: CommitFault[] = []
  const sources = new Map<string, string[]>()
  const ignored: unknown[] = []
  const perTask = new Map<string, number>()
  const spared = new Map<string, number>()
  const written = new Set<string>()
  const seen = (log: Log) =>
    withCommitFaults(log, (id, { records, offsets }) => {
      const processor = id.replace(/-[^-]*$/, '')
      const completes = offsets?.positions.some(({ topic }) => topic.startsWith('snapshots.'))
      const isReady = from === 'log' || written.has(id) || stateless.includes(processor)
      if (completes) written.add(id)
      const before = perTask.get(id) ?? 0
      if (before === 2 || records.length === 0 || !isReady) return undefined
      const timesSpared = spared.get(id) ?? 0
      spared.set(id, timesSpared + 1)
      const isOverdue = before === 0 && timesSpared >= mostSpared
      if (random() < 0.7 && !isOverdue) return undefined
      perTask.set(id, before + 1)
      const fault = random() < 0.5 ? 'before' : 'after'
      happened.push(fault)
      return fault
    })
  const some = (least: number, most: number) => least + Math.floor(random() * (most - least))
  const snapshots =
    from === 'log'
      ? never
      : {
          records: some(10, 60),
          minIntervalMs: 0,
          restFactor: 0,
          pieceBytes: some(20_000, 200_000),
          piecesPerCommit: some(1, 4),
        }
  const onEvent = (event: string, details: Record<string, unknown>) => {
    if (event === 'snapshot-ignored') ignored.push(details)
    if (event !== 'restored') return
    const processor = String(details.task).replace(/-[^-]*$/, '')
    sources.set(processor, [...(sources.get(processor) ?? []), String(details.source)])
  }
  return { run: { seen, snapshots, onEvent }, happened, sources, ignored }
}

/** Those of these processors of which no state came back from a snapshot. */
export function neverResumed({ sources }: ThrownAwayRun, processors: readonly string[]): string[] {
  return processors.filter((processor) => !sources.get(processor)?.includes('snapshot'))
}
