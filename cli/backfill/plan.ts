import { createHash } from 'node:crypto'
import type { TapeBar } from '../../processors/ingest/tape-record.ts'
import type { DataRecord } from '../../processors/processor.ts'
import type { Log } from '../../streams/port.ts'
import { BACKFILL_PREFIX } from '../../topics/run-topics.ts'
import { topics } from '../../topics/topics.ts'
import { BackfillRefusedError } from './backfill-error.ts'
import type { FileBars } from './correction-files.ts'
import {
  barKey,
  type Candidate,
  type CorrectionContext,
  checkCorrection,
  recordedCorrections,
  refusedBars,
  saySame,
} from './corrections.ts'
import { dataOf, endOf } from './read-log.ts'
import { surveyTape, type TapeSurvey } from './survey.ts'

/** A bar that is other than the tape has it; `old` is absent where the tape has none. */
export type Correction = Candidate & { readonly old?: TapeBar }

/** Everything that decides the rows of a backfill. Times in UTC epoch milliseconds. */
export type BackfillPlan = {
  readonly fromTs: number
  readonly tapeEnd: number
  readonly stateEnd: number
  readonly corrections: readonly Correction[]
  /** Raw bars of files that `market.corrections` does not have yet. */
  readonly unrecorded: readonly DataRecord['value'][]
  /** Offsets of tape records that the live engine gave up, and passes over. */
  readonly abandoned: ReadonlySet<number>
  readonly survey: TapeSurvey
  readonly refused: FileBars['refused']
}

/** What a plan is made of. */
export type PlanRequest = CorrectionContext & {
  readonly partitions: number
  /** First close of the rows wanted; without it that of the first corrected bar. */
  readonly fromTs?: number | undefined
  readonly files: FileBars
  readonly now: number
}

/** Finds out what is to be corrected. Throws {@link BackfillRefusedError} when there is nothing, or it cannot be done as asked. */
export async function planBackfill(request: PlanRequest): Promise<BackfillPlan> {
  const { log, codec, symbol, partition, files, now } = request
  if (request.fromTs !== undefined && request.fromTs > now) {
    throw new BackfillRefusedError(`--from ${iso(request.fromTs)} is in the future: a backfill rebuilds what has been`)
  }
  const [letters, recorded] = [await refusedBars(request), await recordedCorrections(request)]
  const [tapeEnd, stateEnd] = [
    await endOf(log, { topic: 'tape', partition }),
    await endOf(log, { topic: 'market-state', partition }),
  ]
  const keys = new Set([...letters, ...recorded].map(({ bar }) => barKey(bar)).concat(fileKeys(files)))
  const survey = await surveyTape(log, codec, { symbol, partition, end: tapeEnd, keys, letters })
  const stamped = letters.map(({ bar, source }, index) => {
    return { source, bar: { ...bar, known_at: survey.letterKnownAt[index] ?? bar.known_at } }
  })
  const fromFiles = takeFiles(request, survey, recorded, stamped)
  const corrections = differing([...stamped, ...inOrder([...recorded, ...fromFiles.candidates])], survey)
  const refused = [...files.refused, ...fromFiles.refused]
  if (corrections.length === 0) throw nothingToDo(request, survey, refused)
  const fromTs = request.fromTs ?? Math.min(...corrections.map(({ bar }) => bar.ts))
  const newest = Math.max(...survey.newestBars.values(), ...corrections.map(({ bar }) => bar.ts))
  if (fromTs > newest) {
    throw new BackfillRefusedError(
      `--from ${iso(fromTs)} is after the newest bar of ${symbol}, which closes at ${iso(newest)}`,
    )
  }
  const abandoned = await abandonedOffsets(log, request)
  const { unrecorded } = fromFiles
  return { fromTs, tapeEnd, stateEnd, corrections, unrecorded, abandoned, survey, refused }
}

/**
 * The id of the run: the same for the same input, so that a backfill that was cut off goes on where it stopped. `attempt` counts
 * the runs of this input that other builds have begun.
 */
export function runIdOf({ symbol }: Pick<PlanRequest, 'symbol'>, plan: BackfillPlan, attempt: number): string {
  const { fromTs, tapeEnd, stateEnd, corrections, abandoned } = plan
  const epochs = topics.map(({ id, epoch }) => [id, epoch])
  const decisive = [
    symbol,
    fromTs,
    tapeEnd,
    stateEnd,
    corrections.map(({ bar }) => bar),
    [...abandoned],
    epochs,
    attempt,
  ]
  return BACKFILL_PREFIX + createHash('sha256').update(JSON.stringify(decisive)).digest('hex').slice(0, 16)
}

function fileKeys({ bars }: FileBars): string[] {
  return bars.map(({ value }) => `${value.timeframe}@${value.ts_close}`)
}

/** The bars of files that say something which the log does not have yet, stamped with what is known now where they do not say. */
function takeFiles(
  request: PlanRequest,
  survey: TapeSurvey,
  recorded: readonly Candidate[],
  letters: readonly Candidate[],
) {
  const { files, now, graceMs } = request
  const knownNow = [...recorded, ...letters].reduce((most, { bar }) => Math.max(most, bar.known_at), survey.knownAt)
  const candidates: Candidate[] = []
  const unrecorded: DataRecord['value'][] = []
  const refused: FileBars['refused'][number][] = []
  for (const { value: raw, isKnownAtSaid, file, line } of files.bars) {
    const value = isKnownAtSaid ? raw : { ...raw, known_at: Math.max(Number(raw.ts_close), knownNow) }
    const { bar, refusal } = checkCorrection(value, now, request)
    if (refusal !== undefined) {
      refused.push({ file, line, why: `${refusal.reason}: ${refusal.message}` })
      continue
    }
    if (
      bar.ts > (survey.newestBars.get(bar.timeframe) ?? Number.NEGATIVE_INFINITY) &&
      bar.ts + graceMs >= survey.newestMarkerTs
    ) {
      refused.push({
        file,
        line,
        why: `the tape has no later ${bar.timeframe} bar and the clock has not passed it: load it with \`barline load\``,
      })
      continue
    }
    const before = [...recorded, ...candidates].findLast((other) => barKey(other.bar) === barKey(bar))?.bar
    if (before && saySame(before, bar) && (!isKnownAtSaid || before.raw_known_at === bar.raw_known_at)) continue
    candidates.push({ bar, source: `${file}:${line}` })
    unrecorded.push(value)
  }
  return { candidates, unrecorded, refused }
}

/** As on the tape, `known_at` never falls along the corrections of a symbol. */
function inOrder(candidates: readonly Candidate[]): Candidate[] {
  let knownAt = Number.NEGATIVE_INFINITY
  return candidates.map(({ bar, source }) => {
    knownAt = Math.max(knownAt, bar.known_at)
    return { source, bar: { ...bar, known_at: knownAt } }
  })
}

/** Of each bar the correction known last, of equal `known_at` the last given; only those that are other than on the tape. */
function differing(candidates: readonly Candidate[], { bars }: TapeSurvey): Correction[] {
  const newest = new Map<string, Candidate>()
  for (const candidate of candidates) {
    const known = newest.get(barKey(candidate.bar))
    if (known === undefined || candidate.bar.known_at >= known.bar.known_at)
      newest.set(barKey(candidate.bar), candidate)
  }
  const corrections = [...newest].flatMap(([key, { bar, source }]): Correction[] => {
    const old = bars.get(key)
    if (old === undefined) return [{ bar, source }]
    return saySame(old, bar) ? [] : [{ bar, source, old }]
  })
  return corrections.sort((a, b) => a.bar.ts - b.bar.ts || (barKey(a.bar) < barKey(b.bar) ? -1 : 1))
}

/** Offsets of the records of a partition of the tape that the live engine gave up. */
export async function abandonedOffsets(
  log: Log,
  { codec, partition }: Pick<CorrectionContext, 'codec' | 'partition'>,
): Promise<ReadonlySet<number>> {
  const letters = await dataOf(log, codec, { topic: 'dead-letters.engine', partition })
  const abandoned = letters.filter(({ value }) => value.reason === 'PROCESSING_FAILED' && value.source_topic === 'tape')
  return new Set(abandoned.map(({ value }) => Number(value.source_offset)))
}

function nothingToDo(
  { symbol, partition, partitions, files }: PlanRequest,
  { ownRecords, records }: TapeSurvey,
  refused: FileBars['refused'],
): BackfillRefusedError {
  const [first] = refused
  if (first !== undefined) {
    return new BackfillRefusedError(
      `Nothing to correct: ${refused.length} lines were refused, for example ${first.file}:${first.line}: ${first.why}`,
    )
  }
  if (ownRecords > 0 || files.bars.length > 0) {
    return new BackfillRefusedError(
      `Nothing to correct: ${symbol} has ${ownRecords} records on the tape, and neither dead letters of ingest (LATE, REVISION) nor ` +
        'corrections of files say anything else of its bars',
    )
  }
  const there = records === 0 ? 'which is empty' : `which has ${records} records of other symbols and the clock`
  return new BackfillRefusedError(
    `Nothing is known of ${symbol}: no record of it is on the tape (partition ${partition} of ${partitions}, ${there}). ` +
      'Is the symbol spelled as in the data, and BARLINE_PARTITIONS that of the chain?',
  )
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
