import { TAPE_BAR, type TapeBar } from '../ingest/tape-record.ts'
import type { DataRecord, Emit, RestorableProcessor } from '../processor.ts'
import { createIndicatorRecord, INDICATORS } from './indicator-record.ts'
import { createSymbolFold, type SymbolFoldOptions, type SymbolFoldSnapshot } from './symbol-fold.ts'

/** The engine of a partition. */
export interface EngineProcessor extends RestorableProcessor {
  snapshot(): SymbolFoldSnapshot
  restore(snapshot: SymbolFoldSnapshot): void
}

/**
 * Stage one: folds the tape of a partition into a row of indicators per closed bar of every timeframe, and passes markers on in
 * their place, each behind the rows of the buckets that it closes.
 */
export function createEngine(options: SymbolFoldOptions): EngineProcessor {
  const fold = createSymbolFold(options)
  const recordOf = createIndicatorRecord(fold.columns)

  const takeBar = (bar: TapeBar, emit: Emit): void => {
    const verdict = fold.takeBar(bar, (row) => emit.record(recordOf(row)))
    if (verdict === 'repeat') emit.duplicate()
    else if (verdict !== undefined) emit.refuse(verdict)
  }

  const takeData = (record: DataRecord, emit: Emit): void => {
    if (record.recordName === TAPE_BAR) takeBar(record.value as TapeBar, emit)
    else if (!fold.takeSide(record.recordName, record.value)) {
      const message = `${record.topic} carries no ${record.recordName}`
      emit.refuse({ reason: 'UNEXPECTED_RECORD', message })
    }
  }

  return {
    layoutHash: fold.layoutHash,
    select: (heads) => {
      const index = heads.findIndex(({ record }) => record !== undefined)
      return index < 0 ? undefined : index
    },
    apply(record, emit) {
      if (record.kind === 'data') takeData(record, emit)
      else {
        if (record.marker.kind === 'clock') fold.takeMarker(record.marker, (row) => emit.record(recordOf(row)))
        emit.marker(INDICATORS, record.marker)
      }
    },
    snapshot: fold.snapshot,
    restore: fold.restore,
  }
}
