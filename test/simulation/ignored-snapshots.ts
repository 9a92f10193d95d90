import type { WorkerMetrics } from '../../streams/metrics.ts'

/**
 * Which tasks of a worker go on although they found a snapshot that could not be used. Whoever is fenced while it restores may find the
 * snapshots of its successor, some of them half compacted away; it is stopped at its first commit. Whoever can commit must not.
 */
export class IgnoredSnapshots {
  readonly #found = new Map<string, string>()
  readonly #restored = new Map<string, string>()

  /** Takes note of what a worker says of itself. */
  note(event: string, details: Record<string, unknown>): void {
    const task = String(details.task)
    if (event === 'snapshot-ignored') this.#found.set(task, JSON.stringify(details))
    if (event !== 'restored') return
    const found = this.#found.get(task)
    this.#found.delete(task)
    if (found) this.#restored.set(task, found)
    else this.#restored.delete(task)
  }

  /** Metrics that report a task which commits after it has ignored a snapshot. */
  watched(metrics: WorkerMetrics, report: (problem: string) => void): WorkerMetrics {
    return {
      ...metrics,
      committed: (task, counts, seconds) => {
        metrics.committed(task, counts, seconds)
        const ignored = this.#restored.get(task)
        if (ignored) report(`a snapshot was ignored: ${ignored}`)
      },
      failed: (task, code) => {
        metrics.failed(task, code)
        this.#restored.delete(task)
      },
    }
  }
}
