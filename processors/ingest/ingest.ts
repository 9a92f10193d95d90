import type { Emit, InputRecord, MarkerRecord, RestorableProcessor } from '../processor.ts'
import { unexpected } from './check.ts'
import { selectByKnownAt } from './interleave.ts'
import { checkMarker } from './raw-marker.ts'
import { recordKinds } from './record-kinds.ts'
import type { IngestSettings } from './settings.ts'
import { TAPE } from './tape-record.ts'
import {
  emptyTapeState,
  restoreState,
  snapshotOf,
  type TapeSnapshot,
  type TapeState,
  takeMarker,
  tapeLayoutHash,
} from './tape-state.ts'

/** As {@link IngestSettings}; without `reportsVolume` no source reports volume. */
export type IngestOptions = Pick<IngestSettings, 'graceMs'> & Partial<IngestSettings>

/** Ingest, and how it comes back after a restart. */
export interface IngestProcessor extends RestorableProcessor {
  /** The state as it is now; to look at, not to change. */
  readonly state: TapeState
  /**
   * Takes back a record of the processor's own tape partition. Feeding all of them, in order, gives the state that wrote them; so
   * does a snapshot, and what was written behind it. Throws RangeError on a record that ingest does not write.
   */
  takeBack(tapeRecord: InputRecord): void
  snapshot(): TapeSnapshot
  restore(snapshot: TapeSnapshot): void
}

const kindOfTopic = new Map(recordKinds.map((kind) => [kind.topic, kind]))
const kindOnTape = new Map(recordKinds.map((kind) => [kind.tapeRecordName, kind]))

/**
 * Puts the raw records of one partition into one order and onto the tape: checks them, drops repeats, refuses the rest with a
 * reason. A window for bringing late bars back into order is a setting that does not exist yet: it is zero.
 */
export function createIngest({ graceMs, reportsVolume = () => false }: IngestOptions): IngestProcessor {
  const state = emptyTapeState()
  const settings = { graceMs, reportsVolume }
  return {
    state,
    layoutHash: tapeLayoutHash,
    select: selectByKnownAt,
    apply(record, emit) {
      if (record.kind === 'marker') {
        applyMarker(state, record, emit)
        return
      }
      const kind = kindOfTopic.get(record.topic)
      if (kind?.recordName === record.recordName) kind.apply(state, record, settings, emit)
      else emit.refuse(unexpected(record.topic, record.recordName))
    },
    takeBack(record) {
      if (record.kind === 'marker') {
        takeMarker(state, record.marker.ts)
        return
      }
      const kind = kindOnTape.get(record.recordName)
      if (!kind) throw new RangeError(`Cannot restore ingest from a ${record.recordName} at offset ${record.offset}`)
      kind.take(state, record.value)
    },
    snapshot: () => snapshotOf(state),
    restore: (snapshot) => restoreState(state, snapshot),
  }
}

function applyMarker(state: TapeState, record: MarkerRecord, emit: Emit): void {
  const refusal = checkMarker(record)
  // Only a newer marker says anything.
  const isNews = record.marker.ts > state.newestMarkerTs
  if (refusal) emit.refuse(refusal)
  else if (!isNews) emit.duplicate()
  else {
    emit.marker(TAPE, record.marker)
    takeMarker(state, record.marker.ts)
  }
}
