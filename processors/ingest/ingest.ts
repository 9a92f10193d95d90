import { topicById } from '../../topics/topics.ts'
import type { DataRecord, Emit, InputRecord, MarkerRecord, Processor } from '../processor.ts'
import { unexpected } from './check.ts'
import { selectByKnownAt } from './interleave.ts'
import { type Place, placeBar, placeEvent, placeMarker } from './place.ts'
import { checkBar, type RawBar } from './raw-bar.ts'
import { checkEvent, type RawEvent } from './raw-event.ts'
import { checkMarker } from './raw-marker.ts'
import { onTape, TAPE, TAPE_BAR, TAPE_EVENT, type TapeBar, type TapeEvent } from './tape-record.ts'
import { emptyTapeState, type TapeState, takeBar, takeEvent, takeMarker, tapeKnownAt } from './tape-state.ts'

const EVENTS = topicById('market.events').id
const BARS = topicById('market.bars').id

const EVENT = 'barline.market.CorporateEvent'
const BAR = 'barline.market.Bar'

/**
 * `graceMs`: how long after its close a bar may still come, the grace of the barrier grid. `reportsVolume`: whether the source of
 * a symbol reports volume (default: none does); of these, a bar whose price moved without volume is refused.
 */
export type IngestOptions = { readonly graceMs: number; readonly reportsVolume?: (symbol: string) => boolean }

/** Ingest, and how it comes back after a restart. */
export interface IngestProcessor extends Processor {
  /** The state as it is now; to look at, not to change. */
  readonly state: TapeState
  /**
   * Takes back a record of the processor's own tape partition. Feeding all of them, in order, gives the state that wrote them.
   * Throws RangeError on a record that ingest does not write.
   */
  restore(tapeRecord: InputRecord): void
}

/**
 * Puts the raw records of one partition into one order and onto the tape: checks them, drops repeats, refuses the rest with a
 * reason. A window for bringing late bars back into order is a setting that does not exist yet: it is zero.
 */
export function createIngest({ graceMs, reportsVolume = () => false }: IngestOptions): IngestProcessor {
  const state = emptyTapeState()
  return {
    state,
    select: selectByKnownAt,
    apply(record, emit) {
      if (record.kind === 'marker') applyMarker(state, record, emit)
      else if (record.topic === BARS && record.recordName === BAR) {
        applyBar(state, record, { graceMs, reportsVolume }, emit)
      } else if (record.topic === EVENTS && record.recordName === EVENT) {
        applyEvent(state, record, emit)
      } else emit.refuse(unexpected(record.topic, record.recordName))
    },
    restore(record) {
      if (record.kind === 'marker') takeMarker(state, record.marker.ts)
      else if (record.recordName === TAPE_BAR) takeBar(state, record.value as TapeBar)
      else if (record.recordName === TAPE_EVENT) takeEvent(state, record.value as TapeEvent)
      else throw new RangeError(`Cannot restore ingest from a ${record.recordName} at offset ${record.offset}`)
    },
  }
}

function applyBar(state: TapeState, record: DataRecord, options: Required<IngestOptions>, emit: Emit): void {
  const checked = checkBar(record, options.reportsVolume)
  if ('refusal' in checked) {
    emit.refuse(checked.refusal)
    return
  }
  const raw = checked.taken
  if (!isNext(placeBar(state, raw, options.graceMs), emit)) return
  const bar = tapeBar(raw, tapeKnownAt(state, raw.symbol, raw.known_at), record.offset)
  emit.record(onTape(TAPE_BAR, bar))
  takeBar(state, bar)
}

function applyEvent(state: TapeState, record: DataRecord, emit: Emit): void {
  const checked = checkEvent(record)
  if ('refusal' in checked) {
    emit.refuse(checked.refusal)
    return
  }
  const raw = checked.taken
  if (!isNext(placeEvent(state, raw), emit)) return
  const event = tapeEvent(raw, tapeKnownAt(state, raw.symbol, raw.known_at), record.offset)
  emit.record(onTape(TAPE_EVENT, event))
  takeEvent(state, event)
}

function applyMarker(state: TapeState, record: MarkerRecord, emit: Emit): void {
  const refusal = checkMarker(record)
  if (!isNext(refusal ?? placeMarker(state, record.marker), emit)) return
  emit.marker(TAPE, record.marker)
  takeMarker(state, record.marker.ts)
}

function isNext(place: Place, emit: Emit): boolean {
  if (place === 'next') return true
  if (place === 'repeat') emit.duplicate()
  else emit.refuse(place)
  return false
}

function tapeBar(bar: RawBar, knownAt: number, offset: number): TapeBar {
  return {
    symbol: bar.symbol,
    timeframe: bar.timeframe,
    ts: bar.ts_close,
    ts_open: bar.ts_open,
    known_at: knownAt,
    raw_known_at: bar.known_at,
    open: bar.open,
    high: bar.high,
    low: bar.low,
    close: bar.close,
    volume: bar.volume,
    source_offset: offset,
  }
}

function tapeEvent(event: RawEvent, knownAt: number, offset: number): TapeEvent {
  return {
    symbol: event.symbol,
    event_type: event.event_type,
    ts: event.effective_at,
    known_at: knownAt,
    raw_known_at: event.known_at,
    value: event.value,
    detail: event.detail,
    source_offset: offset,
  }
}
