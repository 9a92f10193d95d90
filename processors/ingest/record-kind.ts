import type { DataRecord, Emit } from '../processor.ts'
import { type FormRule, firstBroken, type Rule } from './check.ts'
import type { Place } from './series.ts'
import type { IngestSettings } from './settings.ts'
import { onTape, type TapeValue } from './tape-record.ts'
import { emptyKeyState, type KeyState, type TapeState, tapeKnownAt } from './tape-state.ts'

/** Where a tape record came from and when it was known; times in UTC epoch milliseconds. */
export type Stamp = { readonly known_at: number; readonly raw_known_at: number; readonly source_offset: number }

/** How one kind of raw record becomes a tape record. */
export type KindDefinition<Raw extends { readonly known_at: number }, Tape extends TapeValue> = {
  /** Id of the raw topic. */
  readonly topic: string
  /** Full names of the Avro records. */
  readonly recordName: string
  readonly tapeRecordName: string
  /** Fields that may be absent, which is to say null, as it is for a reader of the schema. */
  readonly nullable: readonly string[]
  /** What a value has to be to be a `Raw`, in the order in which faults are named. */
  readonly formRules: readonly FormRule[]
  /** What a `Raw` has to be to be sound in itself. */
  readonly rules: readonly Rule<Raw>[]
  /** Key on the tape. */
  readonly keyOf: (record: Raw | Tape) => string
  /** Where it stands to what the tape has under its key. */
  readonly place: (known: KeyState, raw: Raw, settings: IngestSettings, newestMarkerTs: number) => Place
  readonly toTape: (raw: Raw, stamp: Stamp) => Tape
  /** Remembers a record that is on the tape. */
  readonly take: (known: KeyState, tape: Tape) => void
}

/** A kind of record that ingest takes. */
export type RecordKind = {
  readonly topic: string
  readonly recordName: string
  readonly tapeRecordName: string
  /** Puts a raw record on the tape, counts it as a repeat, or refuses it. */
  apply(state: TapeState, record: DataRecord, settings: IngestSettings, emit: Emit): void
  /** Takes a record that is on the tape into the state. */
  take(state: TapeState, value: DataRecord['value']): void
}

/** Makes a kind of its definition: check, place, write, remember. */
export function defineKind<Raw extends { readonly known_at: number }, Tape extends TapeValue>(
  definition: KindDefinition<Raw, Tape>,
): RecordKind {
  const { topic, recordName, tapeRecordName, nullable, formRules, rules, keyOf, place, toTape } = definition
  const take = (state: TapeState, tape: Tape) => {
    const key = keyOf(tape)
    const known = state.keys.get(key) ?? emptyKeyState()
    state.keys.set(key, known)
    known.knownAt = tape.known_at
    definition.take(known, tape)
  }
  return {
    topic,
    recordName,
    tapeRecordName,
    apply(state, record, settings, emit) {
      const value = withNulls(record.value, nullable)
      const malformed = firstBroken(formRules, value, record, settings)
      const raw = value as unknown as Raw
      const refusal = malformed ?? firstBroken(rules, raw, record, settings)
      if (refusal) {
        emit.refuse(refusal)
        return
      }
      const key = keyOf(raw)
      // Not put into the state: a refused record leaves no trace there.
      const known = state.keys.get(key) ?? emptyKeyState()
      const placed = place(known, raw, settings, state.newestMarkerTs)
      if (placed === 'repeat') emit.duplicate()
      else if (placed !== 'next') emit.refuse(placed)
      else {
        const known_at = tapeKnownAt(state, key, raw.known_at)
        const tape = toTape(raw, { known_at, raw_known_at: raw.known_at, source_offset: record.offset })
        emit.record(onTape(tapeRecordName, key, tape))
        take(state, tape)
      }
    },
    take: (state, value) => take(state, value as unknown as Tape),
  }
}

function withNulls(value: DataRecord['value'], nullable: readonly string[]): DataRecord['value'] {
  if (nullable.length === 0) return value
  const absent = nullable.filter((field) => value[field] === undefined)
  return absent.length === 0 ? value : { ...value, ...Object.fromEntries(absent.map((field) => [field, null])) }
}
