import { TIMEFRAMES } from '../../catalog/timeframe.ts'
import { MARKET_SYMBOL, TAPE_BAR, TAPE_MACRO, type TapeBar } from '../../processors/ingest/tape-record.ts'
import type { DataRecord, InputRecord } from '../../processors/processor.ts'
import { barKey } from './corrections.ts'

/** The tape of one symbol as it would have been. */
export interface CorrectedTape {
  /** Takes the next record of the partition's tape and gives what stands there instead, in order. */
  take(record: InputRecord): readonly InputRecord[]
  /** Gives the bars that belong behind the last record. */
  finish(): readonly InputRecord[]
}

/** What the tape is corrected with. */
export type TapeCorrections = {
  readonly symbol: string
  readonly partition: number
  /** Bars as they should have been; each replaces the bar of its timeframe and close or is added in its place. */
  readonly bars: readonly TapeBar[]
  /** Keys of those that the tape has. */
  readonly replaced: ReadonlySet<string>
  /** A marker closes a bar when it is later than its close by more than this. */
  readonly graceMs: number
}

/**
 * Keeps of a partition's tape what concerns a symbol (its own records, those of the whole market, markers) and corrects its bars. A
 * bar that is added stands as late as it may: before the first bar of the symbol that closes later (or, as long, at the same
 * time), and before the first marker that says it is over. From a corrected bar on no bar has an earlier `known_at` than
 * the correction; side inputs keep theirs, which decides the bar that they act on.
 */
export function createCorrectedTape({ symbol, partition, bars, replaced, graceMs }: TapeCorrections): CorrectedTape {
  const replacements = new Map(bars.filter((bar) => replaced.has(barKey(bar))).map((bar) => [barKey(bar), bar]))
  const additions = bars.filter((bar) => !replaced.has(barKey(bar))).sort(byClose)
  let nextAddition = 0
  let knownAt = Number.NEGATIVE_INFINITY

  const onTape = (bar: TapeBar, place: Pick<DataRecord, 'offset'>): InputRecord => {
    const value = bar.known_at < knownAt ? { ...bar, known_at: knownAt } : bar
    const record = { topic: 'tape', partition, offset: place.offset, timestamp: bar.ts, key: symbol }
    return { kind: 'data', ...record, recordName: TAPE_BAR, value, headers: {} }
  }

  const corrected = (bar: TapeBar, place: Pick<DataRecord, 'offset'>): InputRecord => {
    knownAt = Math.max(knownAt, bar.known_at)
    return onTape(bar, place)
  }

  const added = (place: Pick<DataRecord, 'offset'>, isDue: (bar: TapeBar) => boolean): InputRecord[] => {
    const due: InputRecord[] = []
    for (let bar = additions[nextAddition]; bar !== undefined && isDue(bar); bar = additions[nextAddition]) {
      due.push(corrected(bar, place))
      nextAddition += 1
    }
    return due
  }

  return {
    take(record) {
      if (record.kind === 'marker') return [...added(record, ({ ts }) => ts + graceMs < record.marker.ts), record]
      if (!concerns(record, symbol)) return []
      if (record.recordName !== TAPE_BAR) return [record]
      const bar = record.value as unknown as TapeBar
      const before = added(record, (addition) => byClose(addition, bar) < 0)
      const replacement = replacements.get(barKey(bar))
      return [...before, replacement ? corrected(replacement, record) : onTape(bar, record)]
    },
    finish: () => added({ offset: -1 }, () => true),
  }
}

/** Whether a data record is read by the folds of a symbol: its own, or of the whole market. */
export function concerns({ key, recordName }: DataRecord, symbol: string): boolean {
  return key === symbol || key === MARKET_SYMBOL || recordName === TAPE_MACRO
}

/** By close, of equal close the longest first: a bar that arrives must come before the shorter ones that would build it. */
function byClose(a: TapeBar, b: TapeBar): number {
  return a.ts - b.ts || TIMEFRAMES.indexOf(b.timeframe) - TIMEFRAMES.indexOf(a.timeframe)
}
