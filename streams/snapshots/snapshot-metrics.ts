import { Counter, Gauge, type Registry } from 'prom-client'
import type { Restoration } from '../restored-fold.ts'
import type { SnapshotFault } from './snapshot-fault.ts'
import type { WrittenSnapshot } from './snapshot-writer.ts'

/** What is measured of snapshots and of restores. Times are in seconds; the age of a snapshot is the time since it was completed. */
export function createSnapshotMetrics(registry: Registry) {
  const registers = [registry]
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['task'], registers })
  const restoredRecords = gauge('barline_restored_records', 'Records read again at the last opening')
  const restoreSeconds = gauge('barline_restore_seconds', 'Time the last opening took to bring the state back')
  const restoredBytes = gauge('barline_restored_snapshot_bytes', 'Size of the snapshot of the last opening; 0 = none')
  const completedAt = gauge('barline_snapshot_completed_timestamp_seconds', 'When the newest snapshot was completed')
  const bytes = gauge('barline_snapshot_bytes', 'Size of the newest snapshot')
  const pieces = gauge('barline_snapshot_pieces', 'Records of the newest snapshot')
  const pauseSeconds = gauge('barline_snapshot_pause_seconds', 'How long the task stood still for the newest snapshot')
  const writeSeconds = gauge('barline_snapshot_write_seconds', 'Time from the copy of the state to its last piece')
  const restores = new Counter({
    name: 'barline_restores_total',
    help: 'Times a state was brought back, by what it began with',
    labelNames: ['task', 'source'],
    registers,
  })
  const ignored = new Counter({
    name: 'barline_snapshots_ignored_total',
    help: 'Snapshots that were found and not used, by reason',
    labelNames: ['task', 'reason'],
    registers,
  })
  return {
    restored(task: string, { source, snapshotBytes, records, seconds }: Restoration): void {
      restores.inc({ task, source })
      restoredRecords.set({ task }, records)
      restoreSeconds.set({ task }, seconds)
      restoredBytes.set({ task }, snapshotBytes)
    },
    snapshotWritten(task: string, snapshot: WrittenSnapshot): void {
      completedAt.setToCurrentTime({ task })
      bytes.set({ task }, snapshot.bytes)
      pieces.set({ task }, snapshot.pieces)
      pauseSeconds.set({ task }, snapshot.pauseMs / 1000)
      writeSeconds.set({ task }, snapshot.writtenInMs / 1000)
    },
    snapshotIgnored(task: string, reason: SnapshotFault): void {
      ignored.inc({ task, reason })
    },
  }
}
