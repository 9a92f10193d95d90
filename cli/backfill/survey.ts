import type { RecordCodec } from '../../avro/codec.ts'
import { TAPE, TAPE_BAR, type TapeBar } from '../../processors/ingest/tape-record.ts'
import type { Log } from '../../streams/port.ts'
import { barKey, type Letter } from './corrections.ts'
import { readAll } from './read-log.ts'

/** What a first reading of the tape of a partition gives. Times in UTC epoch milliseconds. */
export type TapeSurvey = {
  /** Records of the symbol itself, and of all that stands on the partition. */
  readonly ownRecords: number
  readonly records: number
  /** Newest close of the symbol's bars, by timeframe. */
  readonly newestBars: ReadonlyMap<string, number>
  readonly newestMarkerTs: number
  /** Newest `known_at` of the symbol's records and of the clock. */
  readonly knownAt: number
  /** The symbol's bars of the keys asked for. */
  readonly bars: ReadonlyMap<string, TapeBar>
  /** By letter: since when it is known, see {@link surveyTape}. */
  readonly letterKnownAt: readonly number[]
}

/** What is asked of the tape; `end`: the offset to read to. */
export type SurveyQuestion = {
  readonly symbol: string
  readonly partition: number
  readonly end: number
  readonly keys: ReadonlySet<string>
  readonly letters: readonly Letter[]
}

/**
 * Reads the tape of a partition once. A refused bar is known since the latest of what it says itself, what stood on the tape
 * before it (which its place in `market.bars` tells), and the refused bar of the symbol before it: as ingest stamps a bar
 * that it takes.
 */
export async function surveyTape(log: Log, codec: RecordCodec, question: SurveyQuestion): Promise<TapeSurvey> {
  const { symbol, partition, end, keys, letters } = question
  const waiting = letters.map((letter, index) => ({ index, letter })).sort(bySourceOffset)
  const before = letters.map(() => Number.NEGATIVE_INFINITY)
  const newestBars = new Map<string, number>()
  const bars = new Map<string, TapeBar>()
  let ownRecords = 0
  let records = 0
  let newestMarkerTs = Number.NEGATIVE_INFINITY
  let ownKnownAt = Number.NEGATIVE_INFINITY
  let allKnownAt = Number.NEGATIVE_INFINITY
  let atNewestBar = Number.NEGATIVE_INFINITY

  const passBar = (sourceOffset: number): void => {
    for (let next = waiting[0]; next && next.letter.sourceOffset < sourceOffset; next = waiting[0]) {
      before[next.index] = atNewestBar
      waiting.shift()
    }
    atNewestBar = allKnownAt
  }

  for await (const batch of readAll(log, codec, { topic: TAPE, partition }, { end })) {
    for (const record of batch) {
      records += 1
      if (record.kind === 'marker') {
        newestMarkerTs = Math.max(newestMarkerTs, record.marker.ts)
        ownKnownAt = Math.max(ownKnownAt, record.marker.known_at)
        allKnownAt = Math.max(allKnownAt, record.marker.known_at)
        continue
      }
      const knownAt = Number(record.value.known_at)
      allKnownAt = Math.max(allKnownAt, knownAt)
      if (record.recordName === TAPE_BAR) passBar(Number(record.value.source_offset))
      if (record.key !== symbol) continue
      ownRecords += 1
      ownKnownAt = Math.max(ownKnownAt, knownAt)
      if (record.recordName !== TAPE_BAR) continue
      const bar = record.value as unknown as TapeBar
      newestBars.set(bar.timeframe, bar.ts)
      if (keys.has(barKey(bar))) bars.set(barKey(bar), bar)
    }
  }
  for (const { index } of waiting) before[index] = atNewestBar
  return {
    ownRecords,
    records,
    newestBars,
    newestMarkerTs,
    knownAt: ownKnownAt,
    bars,
    letterKnownAt: runningKnownAt(letters, before),
  }
}

function bySourceOffset(a: { readonly letter: Letter }, b: { readonly letter: Letter }): number {
  return a.letter.sourceOffset - b.letter.sourceOffset
}

function runningKnownAt(letters: readonly Letter[], before: readonly number[]): number[] {
  let newest = Number.NEGATIVE_INFINITY
  return letters.map(({ bar }, index) => {
    newest = Math.max(newest, bar.known_at, before[index] ?? newest)
    return newest
  })
}
