import type { TapeMacro } from '../ingest/tape-record.ts'
import { actsFrom } from './timeline.ts'

/** Which series stand for growth and for inflation: the first of the ids that is on the tape. INDPRO and CPIAUCSL are FRED's. */
export const MACRO_SERIES = {
  growth: ['growth', 'INDPRO'],
  inflation: ['inflation', 'CPIAUCSL'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** Releases that a z-score is taken over (catalog parameter `window`). */
const RELEASES = 60

/** How many releases are looked at for as many changes: a series that hardly ever has a change must not be kept for good. */
const MOST_LOOKED_AT = 10 * RELEASES

const DAY_MS = 86_400_000
const YEAR_MS = 365 * DAY_MS
const SHORTEST_YEAR_MS = 350 * DAY_MS
const LONGEST_YEAR_MS = 380 * DAY_MS

/** The first value released for a period; void from `withdrawnFrom` on. */
type Release = {
  readonly from: number
  readonly periodEnd: number
  readonly value: number
  withdrawnFrom: number | null
}

/** The releases of one series in order of period. */
export type MacroReleases = Release[]

/** Notes a value. Only the first one of a period counts: a revision is a later record and changes nothing. Null withdraws. */
export function noteMacro(releases: MacroReleases, record: TapeMacro, horizonMs: number): void {
  const { period_end: periodEnd, value } = record
  const from = actsFrom(record)
  const standing = releases.find((one) => one.periodEnd === periodEnd && one.withdrawnFrom === null)
  if (value === null) {
    if (standing !== undefined) standing.withdrawnFrom = from
  } else if (standing === undefined || from < standing.from) {
    // One that waits for a later time than this was not the first.
    if (standing !== undefined) releases.splice(releases.indexOf(standing), 1)
    const before = releases.findLastIndex((one) => one.periodEnd <= periodEnd)
    releases.splice(before + 1, 0, { from, periodEnd, value, withdrawnFrom: null })
  }
  forgetReleases(releases, horizonMs)
}

/** Drops what no z-score at or after the horizon can need. */
function forgetReleases(releases: MacroReleases, horizonMs: number): void {
  const oldest = oldestNeeded(releases.filter((release) => standsAt(release, horizonMs)))
  if (oldest === undefined) return
  const kept = releases.findIndex(({ periodEnd }) => periodEnd >= oldest.periodEnd - LONGEST_YEAR_MS)
  if (kept > 0) releases.splice(0, kept)
}

/**
 * The release of the oldest change that a z-score over `standing` can need: one more than it takes, since the newest may be withdrawn.
 * Releases without a change, a year after a gap, are not among those that it takes. Undefined while all are needed.
 */
function oldestNeeded(standing: readonly Release[]): Release | undefined {
  let changes = 0
  for (let index = standing.length - 1; index >= 0; index -= 1) {
    if (Number.isFinite(yearOnYear(standing, index))) changes += 1
    if (changes > RELEASES || standing.length - index > MOST_LOOKED_AT) return standing[index]
  }
  return undefined
}

/**
 * How far the newest year-on-year change known at `ts` lies from the mean of the newest 60, in standard deviations (ddof 1): the
 * change is value / value of the period a year earlier - 1. NaN with fewer than 60; 0 when all are the same.
 */
export function macroZScore(releases: MacroReleases, ts: number): number {
  const standing = releases.filter((release) => standsAt(release, ts))
  const changes: number[] = []
  for (let index = standing.length - 1; index >= 0 && changes.length < RELEASES; index -= 1) {
    const change = yearOnYear(standing, index)
    if (Number.isFinite(change)) changes.unshift(change)
  }
  const newest = changes.at(-1)
  if (newest === undefined || changes.length < RELEASES) return Number.NaN
  const mean = changes.reduce((sum, change) => sum + change, 0) / RELEASES
  const squares = changes.reduce((sum, change) => sum + (change - mean) * (change - mean), 0)
  const deviation = Math.sqrt(squares / (RELEASES - 1))
  return deviation <= 1e-14 ? 0 : (newest - mean) / deviation
}

/** The times at which the releases in force change around `ts`: the newest at or before, and the next. */
export function constantAround(releases: MacroReleases, ts: number): { readonly from: number; readonly until: number } {
  let from = Number.NEGATIVE_INFINITY
  let until = Number.POSITIVE_INFINITY
  for (const release of releases) {
    for (const change of [release.from, release.withdrawnFrom]) {
      if (change === null) continue
      if (change <= ts) from = Math.max(from, change)
      else until = Math.min(until, change)
    }
  }
  return { from, until }
}

function standsAt({ from, withdrawnFrom }: Release, ts: number): boolean {
  return from <= ts && (withdrawnFrom === null || ts < withdrawnFrom)
}

/** The change of a release against the one whose period ended nearest to 365 days before; NaN where that is none or not positive. */
function yearOnYear(standing: readonly Release[], index: number): number {
  const current = standing[index]
  if (current === undefined) return Number.NaN
  let base: Release | undefined
  for (let earlier = index - 1; earlier >= 0; earlier -= 1) {
    const candidate = standing[earlier]
    if (candidate === undefined || current.periodEnd - candidate.periodEnd > LONGEST_YEAR_MS) break
    if (current.periodEnd - candidate.periodEnd < SHORTEST_YEAR_MS) continue
    if (base === undefined || offYear(current, candidate) < offYear(current, base)) base = candidate
  }
  return base !== undefined && base.value > 0 ? current.value / base.value - 1 : Number.NaN
}

function offYear(current: Release, base: Release): number {
  return Math.abs(current.periodEnd - base.periodEnd - YEAR_MS)
}
