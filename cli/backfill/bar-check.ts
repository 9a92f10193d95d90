import { barKind } from '../../processors/ingest/raw-bar.ts'
import type { IngestSettings } from '../../processors/ingest/settings.ts'
import type { TapeBar } from '../../processors/ingest/tape-record.ts'
import { emptyTapeState } from '../../processors/ingest/tape-state.ts'
import type { DataRecord } from '../../processors/processor.ts'
import type { Refusal } from '../../processors/refusal.ts'

/** What a raw bar is by itself, whatever the tape says: the bar that ingest would write first of all, or why it would not. */
export type CheckedBar =
  | { readonly bar: TapeBar; readonly refusal?: undefined }
  | { readonly bar?: undefined; readonly refusal: Refusal }

/** Checks a raw bar by the rules of ingest, on an empty tape. */
export function checkBar(record: DataRecord, settings: IngestSettings): CheckedBar {
  let checked: CheckedBar | undefined
  barKind.apply(emptyTapeState(), record, settings, {
    record: ({ value }) => {
      checked = { bar: value as unknown as TapeBar }
    },
    refuse: (refusal) => {
      checked = { refusal }
    },
    marker: () => {},
    duplicate: () => {},
    leaveOut: () => {},
  })
  if (checked === undefined) throw new Error('Ingest neither took nor refused a bar')
  return checked
}
