import { createIngest } from '../../processors/ingest/ingest.ts'
import type { Emit } from '../../processors/processor.ts'
import type { Refusal } from '../../processors/refusal.ts'
import { decodeInput } from '../../streams/input-record.ts'
import { partitionKey } from '../../streams/port.ts'
import { replayOutput } from '../../streams/restore.ts'
import type { Market } from '../market.ts'
import type { Letter } from './letter.ts'
import { type LetterSource, originalOf } from './read-letters.ts'

/** What ingest would make of a record: put it on the tape, drop it as a repeat, or refuse it. */
export type Outcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/**
 * What ingest would make of the records of these letters of one partition, were they produced now, one after the other: a trial by
 * ingest itself, brought to where its tape stands.
 */
export async function tryIngest(
  source: LetterSource,
  market: Market,
  partition: number,
  letters: readonly Letter[],
  now: number,
): Promise<ReadonlyMap<string, Outcome>> {
  const { log, codec } = source
  const ingest = createIngest({ graceMs: market.grid.graceMs, reportsVolume: market.reportsVolume })
  const tape = { topic: 'tape', partition }
  const start = (await log.bounds([tape])).get(partitionKey(tape))?.start ?? 0
  await replayOutput({ log, codec }, ingest, { ...tape, offset: start })
  const outcomes = new Map<string, Outcome>()
  for (const letter of letters) {
    const raw = await originalOf(source, letter)
    if (!raw) {
      const message = `the record is neither in the letter nor at ${partitionKey(letter.source)}@${letter.source.offset} any more`
      outcomes.set(letter.id, { kind: 'refused', refusal: { reason: 'UNDECODABLE_BODY', message } })
      continue
    }
    const { input, refusal } = await decodeInput(codec, letter.source, { ...raw, timestamp: now })
    const { emit, outcome } = recordingEmit()
    if (input) ingest.apply(input, emit)
    outcomes.set(letter.id, refusal ? { kind: 'refused', refusal } : outcome())
  }
  return outcomes
}

function recordingEmit(): { emit: Emit; outcome: () => Outcome } {
  let outcome: Outcome = { kind: 'taken' }
  const emit: Emit = {
    record: () => {},
    marker: () => {},
    duplicate: () => {
      outcome = { kind: 'duplicate' }
    },
    leaveOut: () => {},
    refuse: (refusal) => {
      outcome = { kind: 'refused', refusal }
    },
  }
  return { emit, outcome: () => outcome }
}
