import { barKind } from './raw-bar.ts'
import { eventKind } from './raw-event.ts'
import { fundamentalKind } from './raw-fundamental.ts'
import { macroKind } from './raw-macro.ts'
import { positionKind } from './raw-position.ts'
import { quoteKind } from './raw-quote.ts'
import type { RecordKind } from './record-kind.ts'

/** The kinds of record that ingest puts on the tape. */
export const recordKinds: readonly RecordKind[] = [
  eventKind,
  fundamentalKind,
  macroKind,
  positionKind,
  quoteKind,
  barKind,
]
