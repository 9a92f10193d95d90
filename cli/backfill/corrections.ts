import type { RecordCodec } from '../../avro/codec.ts'
import type { TapeBar } from '../../processors/ingest/tape-record.ts'
import type { DataRecord } from '../../processors/processor.ts'
import type { Log } from '../../streams/port.ts'
import { type CheckedBar, checkBar } from './bar-check.ts'
import { dataOf, isOfKey } from './read-log.ts'

/** Fields in which a corrected bar differs from the one it replaces. */
export const barFields = ['ts_open', 'open', 'high', 'low', 'close', 'volume'] as const

/** A bar as it should have been. Its `known_at` says since when that is known, UTC epoch milliseconds. */
export type Candidate = {
  readonly bar: TapeBar
  /** Where it was found, for messages. */
  readonly source: string
}

/** A bar that ingest refused as late or revised; `sourceOffset` is its place in `market.bars`. */
export type Letter = Candidate & { readonly sourceOffset: number }

/** What corrections are read with. */
export type CorrectionContext = {
  readonly log: Log
  readonly codec: RecordCodec
  readonly partition: number
  readonly symbol: string
  readonly graceMs: number
  readonly reportsVolume: (symbol: string) => boolean
}

/** What a bar is: one of each timeframe and close. */
export function barKey({ timeframe, ts }: Pick<TapeBar, 'timeframe' | 'ts'>): string {
  return `${timeframe}@${ts}`
}

/** Whether two bars of one key say the same. */
export function saySame(a: TapeBar, b: TapeBar): boolean {
  return barFields.every((field) => a[field] === b[field])
}

/** The bars of the symbol that ingest refused as `LATE` or `REVISION`, decoded from their original bytes, in their order. */
export async function refusedBars(context: CorrectionContext): Promise<Letter[]> {
  const { log, codec, partition, symbol } = context
  const topic = 'dead-letters.ingest'
  const letters: Letter[] = []
  for (const { offset, value } of await dataOf(log, codec, { topic, partition }, { wants: isOfKey(symbol) })) {
    if (value.source_topic !== 'market.bars' || (value.reason !== 'LATE' && value.reason !== 'REVISION')) continue
    const bytes = value.value instanceof Uint8Array ? Buffer.from(value.value) : null
    const original = await decodeBar(codec, bytes)
    if (original === undefined) continue
    const sourceOffset = Number(value.source_offset)
    const record = rawBar(symbol, original, sourceOffset, Number(value.source_timestamp))
    const { bar } = checkBar(record, context)
    if (bar !== undefined) letters.push({ bar, sourceOffset, source: `${topic}[${partition}]@${offset}` })
  }
  return letters
}

/** The corrections of the symbol that earlier backfills took from files, in their order. */
export async function recordedCorrections(context: CorrectionContext): Promise<Candidate[]> {
  const { log, codec, partition, symbol } = context
  const topic = 'market.corrections'
  const candidates: Candidate[] = []
  for (const { offset, timestamp, value } of await dataOf(
    log,
    codec,
    { topic, partition },
    { wants: isOfKey(symbol) },
  )) {
    const { bar } = checkCorrection(value, timestamp, context)
    if (bar !== undefined) candidates.push({ bar, source: `${topic}[${partition}]@${offset}` })
  }
  return candidates
}

/** A bar that is on no `market.bars`: its `source_offset` is -1. `appendedAt`: when the log took it, or would. */
export function checkCorrection(
  value: DataRecord['value'],
  appendedAt: number,
  context: Pick<CorrectionContext, 'symbol' | 'graceMs' | 'reportsVolume'>,
): CheckedBar {
  return checkBar(rawBar(context.symbol, value, -1, appendedAt), context)
}

async function decodeBar(codec: RecordCodec, bytes: Buffer | null): Promise<DataRecord['value'] | undefined> {
  let decoded = codec.decode('market.bars', bytes)
  while (decoded.kind === 'unknown-id') {
    await codec.learn(decoded.schemaId)
    decoded = codec.decode('market.bars', bytes)
  }
  return decoded.kind === 'value' ? decoded.value : undefined
}

function rawBar(key: string, value: DataRecord['value'], offset: number, timestamp: number): DataRecord {
  const place = { topic: 'market.bars', partition: 0, offset, timestamp }
  return { kind: 'data', ...place, key, recordName: 'barline.market.Bar', value, headers: {} }
}
