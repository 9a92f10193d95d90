import type { Refusal } from '../refusal.ts'
import { iso } from './check.ts'

/**
 * How many accepted records of a series are remembered, to tell a repeat from a late record. A source that resends after a lost
 * connection overlaps by minutes, and 64 bars are an hour of the shortest timeframe, 64 quarters sixteen years; what is older
 * is `LATE`.
 */
export const REMEMBERED_RECORDS = 64

/**
 * An accepted record, as later ones of its series are compared with it. `ts` is the time it is about (close, time of a quote,
 * end of a period), `knownAt` when its source knew it, UTC epoch milliseconds; `said` holds what it says, a value a field.
 */
export type Remembered = { readonly ts: number; readonly knownAt: number; readonly said: readonly unknown[] }

/** Where a sound record stands to the tape: it goes on, it repeats what is there, or it is refused. */
export type Place = 'next' | 'repeat' | Refusal

/** What a refusal calls a record of a series. */
export type SeriesWords = {
  /** The record, for example `1m bar`. */
  readonly what: string
  /** Its time, for example `ts_close`. */
  readonly time: string
  /** What `said` holds. */
  readonly fields: readonly string[]
}

/** Remembers a record at its place in time, behind others of the same `ts`, and forgets the oldest one too many. */
export function remember(series: Remembered[], record: Remembered): void {
  const newest = series.at(-1)
  if (!newest || newest.ts <= record.ts) series.push(record)
  else series.splice(series.findLastIndex(({ ts }) => ts <= record.ts) + 1, 0, record)
  if (series.length > REMEMBERED_RECORDS) series.shift()
}

/** Places the repeat of a remembered `ts`, or gives undefined if it is none. A change of `known_at` alone is no revision. */
export function placeRepeat(series: readonly Remembered[], record: Remembered, words: SeriesWords): Place | undefined {
  const same = series.findLast(({ ts }) => ts === record.ts)
  return same && (saysTheSame(same, record) ? 'repeat' : revision(same, record, words))
}

/** Places a record of a series that is strictly increasing in `ts`. */
export function placeIncreasing(series: readonly Remembered[], record: Remembered, words: SeriesWords): Place {
  const repeat = placeRepeat(series, record, words)
  if (repeat) return repeat
  const newest = series.at(-1)
  if (!newest || record.ts > newest.ts) return 'next'
  const message = `${words.time} ${iso(record.ts)} is before ${iso(newest.ts)}, the newest ${words.what} on the tape, and not among the last ${REMEMBERED_RECORDS}`
  return { reason: 'LATE', message }
}

/**
 * Places a record of a series in which a figure may be stated anew: of each `ts` the tape has one version after another, each
 * known later than the one before it. What was known earlier than the newest version is a repeat or comes too late.
 */
export function placeRestatable(series: readonly Remembered[], record: Remembered, words: SeriesWords): Place {
  const versions = series.filter(({ ts }) => ts === record.ts)
  const newest = versions.at(-1)
  const moment = `the ${words.what} of ${words.time} ${iso(record.ts)}`
  if (!newest) {
    const oldest = series[0]
    if (!oldest || record.ts > oldest.ts || series.length < REMEMBERED_RECORDS) return 'next'
    const message = `${moment} is older than the last ${REMEMBERED_RECORDS} on the tape`
    return { reason: 'LATE', message }
  }
  const isOld = record.knownAt < newest.knownAt
  if (saysTheSame(newest, record) || (isOld && versions.some((version) => saysTheSame(version, record))))
    return 'repeat'
  if (record.knownAt > newest.knownAt) return 'next'
  if (!isOld) return revision(newest, record, words)
  const message = `${moment} is known at ${iso(record.knownAt)}, and the tape has a version known at ${iso(newest.knownAt)}`
  return { reason: 'LATE', message }
}

function saysTheSame(a: Remembered, b: Remembered): boolean {
  return a.said.every((value, index) => value === b.said[index])
}

function revision(known: Remembered, record: Remembered, { what, time, fields }: SeriesWords): Refusal {
  const changes = fields.flatMap((field, index) =>
    known.said[index] === record.said[index] ? [] : [`${field} ${known.said[index]} -> ${record.said[index]}`],
  )
  return { reason: 'REVISION', message: `The tape has the ${what} of ${time} ${iso(record.ts)}: ${changes.join(', ')}` }
}
