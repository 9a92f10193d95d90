import type { ChunkProcessor } from '../../processors/processor.ts'
import type { Refusal } from '../../processors/refusal.ts'
import { decodeInput } from '../../streams/input-record.ts'
import type { Header, HeaderValue, OutgoingRecord } from '../../streams/port.ts'
import type { Letter } from './letter.ts'
import { type Decision, type PlanOptions, planReplay } from './plan-replay.ts'
import { type LetterSource, originalOf } from './read-letters.ts'
import { REPLAYED_LETTERS, readReplayed, replayedRecord } from './replayed.ts'

/** Header of a record that was produced again: the id of its letter. */
const replayedFrom = 'barline.replayed-from'

const lettersPerTransaction = 200

/** What a replay works with. */
export type ReplayOptions = Omit<PlanOptions, 'replayed'> & {
  /** Stores rows, for the letters of the sink. */
  readonly sink: () => ChunkProcessor
}

/**
 * Replays letters, each once: the records that it produces and the note that it has are one transaction, under a transactional id
 * that only one replay at a time can have. Gives what was done with each letter.
 */
export async function replayLetters(letters: readonly Letter[], options: ReplayOptions): Promise<Decision[]> {
  const { source, now } = options
  const { log, codec } = source
  const writer = await log.writer(REPLAYED_LETTERS)
  try {
    // First of all: whoever else is replaying can write nothing from here on.
    await writer.fence()
    const plan = await planReplay(letters, { ...options, replayed: await readReplayed(log, codec) })
    const done: Decision[] = []
    let records: OutgoingRecord[] = []
    for (const decision of plan) {
      const { letter } = decision
      const refusal = decision.action === 'store' ? await storeAgain(letter, source, options.sink()) : undefined
      if (refusal) {
        done.push({ letter, action: 'keep', why: `still cannot be stored: ${refusal.message}` })
        continue
      }
      done.push(decision)
      if (decision.action === 'keep') continue
      if (decision.action === 'produce') records.push(await rawAgain(letter, source))
      records.push(replayedRecord(codec, letter, decision.action === 'store' ? 'stored' : 'produced', now))
      if (records.length < lettersPerTransaction) continue
      await writer.commit({ records })
      records = []
    }
    if (records.length > 0) await writer.commit({ records })
    return done
  } finally {
    await writer.close()
  }
}

/** The record as it was, to the end of its partition, with a header more. */
async function rawAgain(letter: Letter, source: LetterSource): Promise<OutgoingRecord> {
  const raw = await originalOf(source, letter)
  if (!raw?.value) throw new RangeError(`${letter.id}: the record has no value`)
  const { topic, partition, timestamp } = letter.source
  const headers = { ...grouped(raw.headers), [replayedFrom]: letter.id }
  return { topic, partition, key: raw.key ?? Buffer.alloc(0), value: raw.value, timestamp, headers }
}

function grouped(headers: readonly Header[]): Record<string, HeaderValue> {
  const byName: Record<string, Buffer[]> = {}
  for (const { name, value } of headers) byName[name] = [...(byName[name] ?? []), value]
  return byName
}

/** Stores the row of a refused record where it belongs, and gives what keeps it from being stored. */
async function storeAgain(
  letter: Letter,
  source: LetterSource,
  sink: ChunkProcessor,
): Promise<Pick<Refusal, 'message'> | undefined> {
  const raw = await originalOf(source, letter)
  const { input, refusal } = raw
    ? await decodeInput(source.codec, letter.source, raw)
    : { input: undefined, refusal: { message: 'its bytes are nowhere any more' } }
  if (refusal || input?.kind !== 'data') return refusal ?? { message: 'it is a marker' }
  let refused: Refusal | undefined
  await sink.applyChunk([input], () => ({
    refuse: (again) => {
      refused = again
    },
    record: () => {},
    marker: () => {},
    duplicate: () => {},
    leaveOut: () => {},
  }))
  return refused
}
