import { describe, expect, test } from '@jest/globals'
import { createWorkerMetrics } from '../../streams/metrics.ts'

describe('metrics of a worker', () => {
  test('count a chunk by task, topic and reason', async () => {
    const metrics = createWorkerMetrics('engine')
    const counts = {
      ...{ taken: 5, duplicates: 2, refused: new Map([['LATE', 1]]), emitted: new Map([['indicators', 3]]) },
      leftOut: new Map([['OUTSIDE_UNIVERSE', 4]]),
    }
    metrics.committed('engine-0', counts, 0.02)
    metrics.committed('engine-0', counts, 0.02)
    const text = await metrics.registry.metrics()
    for (const line of [
      'barline_records_taken_total{task="engine-0",processor="engine"} 10',
      'barline_duplicates_total{task="engine-0",processor="engine"} 4',
      'barline_records_emitted_total{task="engine-0",topic="indicators",processor="engine"} 6',
      'barline_dead_letters_total{task="engine-0",reason="LATE",processor="engine"} 2',
      'barline_outputs_left_out_total{task="engine-0",reason="OUTSIDE_UNIVERSE",processor="engine"} 8',
      'barline_chunk_seconds_bucket{le="0.025",processor="engine",task="engine-0"} 2',
    ]) {
      expect(text).toContain(line)
    }
  })

  test('show the last restore and snapshot, failures by code and what waits in the buffers', async () => {
    const metrics = createWorkerMetrics('engine')
    const restoration = { source: 'snapshot', generation: 7, snapshotBytes: 500, records: 10, seconds: 0.5 } as const
    metrics.restored('engine-1', restoration)
    metrics.restored('engine-1', { ...restoration, records: 4, seconds: 0.25 })
    metrics.snapshotIgnored('engine-1', 'DAMAGED')
    metrics.snapshotWritten('engine-1', { generation: 8, pieces: 3, bytes: 600, pauseMs: 20, writtenInMs: 900 })
    metrics.failed('engine-1', 'FENCED')
    metrics.buffered('engine-1', 7)
    metrics.waited('REGISTRY_UNAVAILABLE')
    const text = await metrics.registry.metrics()
    for (const line of [
      'barline_restored_records{task="engine-1",processor="engine"} 4',
      'barline_restore_seconds{task="engine-1",processor="engine"} 0.25',
      'barline_restores_total{task="engine-1",source="snapshot",processor="engine"} 2',
      'barline_restored_snapshot_bytes{task="engine-1",processor="engine"} 500',
      'barline_snapshots_ignored_total{task="engine-1",reason="DAMAGED",processor="engine"} 1',
      'barline_snapshot_bytes{task="engine-1",processor="engine"} 600',
      'barline_snapshot_pause_seconds{task="engine-1",processor="engine"} 0.02',
      'barline_task_failures_total{task="engine-1",code="FENCED",processor="engine"} 1',
      'barline_input_waits_total{code="REGISTRY_UNAVAILABLE",processor="engine"} 1',
      'barline_records_buffered{task="engine-1",processor="engine"} 7',
    ]) {
      expect(text).toContain(line)
    }
  })

  test('of two workers in one process are apart', async () => {
    const one = createWorkerMetrics('engine')
    const other = createWorkerMetrics('engine')
    one.failed('engine-0', 'X')
    expect(await other.registry.metrics()).not.toContain('code="X"')
  })
})
