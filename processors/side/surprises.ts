import type { TapeFundamental } from '../ingest/tape-record.ts'
import type { FieldSlots } from './field-slots.ts'
import type { SessionIndex } from './session-index.ts'
import { actsFrom, type Dated, forget, insert, newestAt } from './timeline.ts'

/** Items that make a surprise: what was earned per share in a quarter, and what was expected. */
const ACTUAL = 'eps_actual'
const CONSENSUS = 'eps_consensus'

/** Estimates of periods that ended this much before the newest period are forgotten. */
const KEPT_PERIODS_MS = 400 * 86_400_000

/** Currency per share, and the time that says which units it is in. */
type PerShare = { readonly ts: number; value: number }

type Estimate = Dated & { readonly periodEnd: number; readonly perShare: PerShare | null }

type Announcement = Dated & { readonly periodEnd: number; readonly actual: PerShare; consensus: PerShare | null }

/** The announcements of one symbol in order of `from`, `earlier` of them forgotten, and the estimates by the time they were made. */
export type Surprises = {
  earlier: number
  readonly announcements: Announcement[]
  estimates: Estimate[]
}

/** A symbol that has announced nothing. */
export function emptySurprises(): Surprises {
  return { earlier: 0, announcements: [], estimates: [] }
}

/**
 * Notes earnings or an estimate of them; false for another item. The first report of a period newer than any before is the
 * announcement, set against the newest estimate of the period that could be used by then; a restatement announces nothing.
 */
export function noteSurprise(
  surprises: Surprises,
  record: TapeFundamental,
  splitFactor: number,
  horizonMs: number,
): boolean {
  const { item, value, ts, period_end: periodEnd } = record
  if (item !== ACTUAL && item !== CONSENSUS) return false
  const from = actsFrom(record)
  const perShare = value === null ? null : { ts, value: value / splitFactor }
  if (item === CONSENSUS) {
    noteEstimate(surprises, { from, periodEnd, perShare }, horizonMs)
    return true
  }
  const before = newestAt(surprises.announcements, from)
  if (perShare === null || (before !== undefined && periodEnd <= before.periodEnd)) return true
  const estimate = newestAt(
    surprises.estimates.filter((one) => one.periodEnd === periodEnd),
    from,
  )
  const consensus = estimate?.perShare ? { ...estimate.perShare } : null
  insert(surprises.announcements, { from, periodEnd, actual: perShare, consensus })
  surprises.earlier += forget(surprises.announcements, horizonMs)
  return true
}

function noteEstimate(surprises: Surprises, estimate: Estimate, horizonMs: number): void {
  const same = surprises.estimates.findIndex(
    (one) => one.periodEnd === estimate.periodEnd && one.from === estimate.from,
  )
  if (same >= 0) surprises.estimates.splice(same, 1)
  insert(surprises.estimates, estimate)
  surprises.estimates = withoutForgotten(surprises.estimates, horizonMs)
  // An estimate that comes with the announcement, in the same millisecond, may stand behind it on the tape.
  const announced = surprises.announcements.find(({ periodEnd }) => periodEnd === estimate.periodEnd)
  if (announced !== undefined && announced.consensus === null && estimate.from <= announced.from) {
    announced.consensus = estimate.perShare === null ? null : { ...estimate.perShare }
  }
}

/** Without estimates replaced before the horizon, and without those of periods long past. */
function withoutForgotten(estimates: readonly Estimate[], horizonMs: number): Estimate[] {
  const settled = estimates.filter(({ from }) => from <= horizonMs)
  const newestPeriod = settled.reduce((newest, { periodEnd }) => Math.max(newest, periodEnd), Number.NEGATIVE_INFINITY)
  const replaced = (one: Estimate) => settled.findLast(({ periodEnd }) => periodEnd === one.periodEnd) !== one
  return estimates.filter(
    (one) => one.from > horizonMs || (one.periodEnd > newestPeriod - KEPT_PERIODS_MS && !replaced(one)),
  )
}

/** Brings what was stated before `splitMs` into the units after a split. */
export function rescaleSurprises({ announcements, estimates }: Surprises, splitMs: number, factor: number): void {
  const stated = [
    ...announcements.flatMap(({ actual, consensus }) => [actual, consensus]),
    ...estimates.map(({ perShare }) => perShare),
  ]
  for (const one of stated) if (one !== null && one.ts < splitMs) one.value /= factor
}

/** Writes the newest announcement that could be used at `ts`, and how many there were. */
export function fillSurprise(
  { earlier, announcements }: Surprises,
  sessions: SessionIndex,
  ts: number,
  slots: FieldSlots,
  into: Float64Array,
): void {
  const newest = newestAt(announcements, ts)
  if (newest === undefined) return
  const {
    'surprise.count': count,
    'surprise.actual': actual,
    'surprise.consensus': consensus,
    'surprise.sessions_since': since,
  } = slots
  if (count !== undefined) into[count] = earlier + announcements.indexOf(newest) + 1
  if (actual !== undefined) into[actual] = newest.actual.value
  if (consensus !== undefined) into[consensus] = newest.consensus?.value ?? Number.NaN
  if (since === undefined) return
  const session = sessions.ofBar(ts)
  // The first session that closes at or after the announcement is the first that it can act in.
  if (session !== undefined) into[since] = Math.max(0, session.ordinal - sessions.ofInstant(newest.from - 1))
}
