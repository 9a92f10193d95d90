import { topicById } from '../../topics/topics.ts'
import type { Market } from '../market.ts'
import type { Letter } from './letter.ts'
import type { LetterSource } from './read-letters.ts'
import { type Outcome, tryIngest } from './try-ingest.ts'

/** What becomes of a letter: its bytes are produced again, its row is stored, or it stays, and why. */
export type Decision = { readonly letter: Letter } & (
  | { readonly action: 'produce' }
  | { readonly action: 'store' }
  | { readonly action: 'keep'; readonly why: string }
)

/** What a plan is made with; `now`: UTC epoch milliseconds. */
export type PlanOptions = {
  readonly source: LetterSource
  readonly market: Market
  readonly replayed: ReadonlyMap<string, number>
  readonly now: number
  /** Told before the tape of a partition is read. */
  readonly onPartition?: (partition: number) => void
}

/**
 * Decides letter by letter, in the order in which the records were read:
 * - the sink's: their rows are stored in their own place;
 * - those of raw topics: produced to the end of their partition, if ingest would take them there now. A bar, quote or position that
 *   its successors have overtaken is not: the tape is in order per symbol, and stays so;
 * - all others stay: what followed on a derived topic was made without them, and only making it anew brings them in.
 */
export async function planReplay(letters: readonly Letter[], options: PlanOptions): Promise<Decision[]> {
  const { replayed, source, market, now, onPartition = () => {} } = options
  const outcomes = new Map<string, Outcome>()
  const candidates = letters.filter(
    (letter) => !replayed.has(letter.id) && isRaw(letter) && letter.processor === 'ingest',
  )
  const partitions = [...new Set(candidates.map((letter) => letter.source.partition))].sort((a, b) => a - b)
  for (const partition of partitions) {
    onPartition(partition)
    const ofPartition = candidates.filter((letter) => letter.source.partition === partition).sort(byAppendTime)
    for (const [id, outcome] of await tryIngest(source, market, partition, ofPartition, now)) outcomes.set(id, outcome)
  }
  return [...letters].sort(byAppendTime).map((letter): Decision => {
    const replayedAt = replayed.get(letter.id)
    if (replayedAt !== undefined) return keep(letter, `replayed at ${new Date(replayedAt).toISOString()}`)
    if (letter.processor === 'sink') return { letter, action: 'store' }
    const outcome = outcomes.get(letter.id)
    if (!outcome) return keep(letter, madeAnew(letter))
    if (outcome.kind === 'taken') return { letter, action: 'produce' }
    if (outcome.kind === 'duplicate') return keep(letter, 'the tape has it by now')
    const { reason, message } = outcome.refusal
    return keep(letter, `would be refused again as ${reason} (${message})${remedyOf(letter, reason)}`)
  })
}

const isRaw = ({ source }: Letter): boolean => topicById(source.topic).owner === 'loaders'

/** In the order in which the log took the records: that of the offsets in each topic, of their times among topics. */
const byAppendTime = (a: Letter, b: Letter): number =>
  a.source.topic === b.source.topic && a.source.partition === b.source.partition
    ? a.source.offset - b.source.offset
    : a.source.timestamp - b.source.timestamp

const keep = (letter: Letter, why: string): Decision => ({ letter, action: 'keep', why })

const madeAnew = ({ processor, key, source }: Letter): string =>
  `${processor} went on without it, so what follows it on ${source.topic} cannot take it in any more: after the fix, ` +
  `\`barline backfill --symbol ${key}\` makes the symbol anew`

function remedyOf({ source, key }: Letter, reason: string): string {
  if (reason !== 'LATE' && reason !== 'REVISION') return ''
  if (source.topic === 'market.bars')
    return `: its successors are on the tape; \`barline backfill --symbol ${key}\` takes it in`
  return ': its successors are on the tape; say it anew with a later known_at'
}
