import type { Timeframe } from '../../catalog/timeframe.ts'
import { topicById } from '../../topics/topics.ts'
import type { OutputRecord } from '../processor.ts'

/** Full name of the Avro record of a bar on the tape. */
export const TAPE_BAR = 'barline.tape.TapeBar'

/** Full name of the Avro record of an event on the tape. */
export const TAPE_EVENT = 'barline.tape.TapeEvent'

/** The topic that ingest writes. */
export const TAPE = topicById('tape').id

/** A bar on the tape, as `tape-bar.avsc` has it. `ts` is the close of the bar; times in UTC epoch milliseconds. */
export type TapeBar = {
  readonly symbol: string
  readonly timeframe: Timeframe
  readonly ts: number
  readonly ts_open: number
  readonly known_at: number
  readonly raw_known_at: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  readonly source_offset: number
}

/** An event on the tape, as `tape-event.avsc` has it. `ts` is when it takes effect; times in UTC epoch milliseconds. */
export type TapeEvent = {
  readonly symbol: string
  readonly event_type: string
  readonly ts: number
  readonly known_at: number
  readonly raw_known_at: number
  readonly value: number | null
  readonly detail: string | null
  readonly source_offset: number
}

/** The tape record of a bar or an event: keyed by symbol, stamped with its event time. */
export function onTape(recordName: string, value: TapeBar | TapeEvent): OutputRecord {
  return { topic: TAPE, key: value.symbol, recordName, value, timestamp: value.ts }
}
