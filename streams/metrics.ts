import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ChunkCounts } from './chunk.ts'
import type { Restoration } from './restored-fold.ts'
import type { SnapshotFault } from './snapshots/snapshot-fault.ts'
import { createSnapshotMetrics } from './snapshots/snapshot-metrics.ts'
import type { WrittenSnapshot } from './snapshots/snapshot-writer.ts'

/** Prometheus metrics of one worker. Names follow the Prometheus conventions; times are in seconds. */
export type WorkerMetrics = {
  readonly registry: Registry
  committed(task: string, counts: ChunkCounts, seconds: number): void
  restored(task: string, restoration: Restoration): void
  snapshotWritten(task: string, snapshot: WrittenSnapshot): void
  snapshotIgnored(task: string, reason: SnapshotFault): void
  failed(task: string, code: string): void
  waited(code: string): void
  stalled(task: string): void
  buffered(task: string, records: number): void
}

/** Metrics of a worker of this processor, in a registry of their own. */
export function createWorkerMetrics(processor: string): WorkerMetrics {
  const registry = new Registry()
  registry.setDefaultLabels({ processor })
  const registers = [registry]
  const taken = new Counter({
    name: 'barline_records_taken_total',
    help: 'Input records taken',
    labelNames: ['task'],
    registers,
  })
  const emitted = new Counter({
    name: 'barline_records_emitted_total',
    help: 'Data records written',
    labelNames: ['task', 'topic'],
    registers,
  })
  const refused = new Counter({
    name: 'barline_dead_letters_total',
    help: 'Records refused, by reason',
    labelNames: ['task', 'reason'],
    registers,
  })
  const duplicates = new Counter({
    name: 'barline_duplicates_total',
    help: 'Records dropped as repeats',
    labelNames: ['task'],
    registers,
  })
  const leftOut = new Counter({
    name: 'barline_outputs_left_out_total',
    help: 'Records that were not written although one might look for them, by reason; OUTSIDE_UNIVERSE: scores, by model',
    labelNames: ['task', 'reason'],
    registers,
  })
  const failures = new Counter({
    name: 'barline_task_failures_total',
    help: 'Times a task was thrown away and opened again, by error code',
    labelNames: ['task', 'code'],
    registers,
  })
  const waits = new Counter({
    name: 'barline_input_waits_total',
    help: 'Times reading was put off because the log or the registry did not answer, by error code',
    labelNames: ['code'],
    registers,
  })
  const stalls = new Counter({
    name: 'barline_barrier_stalls_total',
    help: 'Times records have waited over a minute for a silent input',
    labelNames: ['task'],
    registers,
  })
  const commits = new Histogram({
    name: 'barline_chunk_seconds',
    help: 'Time from the first record of a chunk to its commit',
    labelNames: ['task'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const waiting = new Gauge({
    name: 'barline_records_buffered',
    help: 'Records read and not yet taken',
    labelNames: ['task'],
    registers,
  })
  return {
    registry,
    ...createSnapshotMetrics(registry),
    committed(task, counts, seconds) {
      taken.inc({ task }, counts.taken)
      duplicates.inc({ task }, counts.duplicates)
      for (const [topic, count] of counts.emitted) emitted.inc({ task, topic }, count)
      for (const [reason, count] of counts.refused) refused.inc({ task, reason }, count)
      for (const [reason, count] of counts.leftOut) leftOut.inc({ task, reason }, count)
      commits.observe({ task }, seconds)
    },
    failed(task, code) {
      failures.inc({ task, code })
    },
    waited(code) {
      waits.inc({ code })
    },
    stalled(task) {
      stalls.inc({ task })
    },
    buffered(task, records) {
      waiting.set({ task }, records)
    },
  }
}
