import { type Fetched, partitionKey } from '../port.ts'
import { typeOf } from './error-type.ts'

/** Answers of a leader that does not know yet how far its partition has been committed. */
const passing = ['LEADER_NOT_AVAILABLE', 'OFFSET_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION']

/** Asks a leader where partitions end now. Throws what the broker answers. */
export type AskEnds = (partitions: readonly Fetched[]) => Promise<ReadonlyMap<string, number>>

/**
 * Believes a broker that a partition ends where one has read to only once it knows. A new leader has the records, but not yet the word
 * of its followers that they have them too: for a moment it answers a fetch as if the last of them were not there. Asked for the
 * end itself it says that it does not know (KIP-207). So the first time that a leader shows an end, it is asked.
 */
export class LeaderEnds {
  /** The leader whose end was believed last, by partition. */
  readonly #believed = new Map<string, string>()

  /** What a leader has answered, with ends that hold: one that it does not know lies behind what has been read. */
  async settled(leader: string, answers: readonly Fetched[], ask: AskEnds): Promise<readonly Fetched[]> {
    const doubtful = answers.filter(
      (answer) =>
        answer.records.length === 0 &&
        answer.nextOffset >= answer.endOffset &&
        this.#believed.get(partitionKey(answer)) !== leader,
    )
    if (doubtful.length === 0) return answers
    const ends = await askedOrUnknown(ask, doubtful)
    return answers.map((answer) => {
      if (!doubtful.includes(answer)) return answer
      const end = ends.get(partitionKey(answer))
      if (end === undefined) return { ...answer, endOffset: answer.nextOffset + 1 }
      this.#believed.set(partitionKey(answer), leader)
      return { ...answer, endOffset: Math.max(answer.endOffset, end) }
    })
  }

  /** After an error leaders may have changed, and be the same again. */
  doubtAll(): void {
    this.#believed.clear()
  }
}

async function askedOrUnknown(ask: AskEnds, doubtful: readonly Fetched[]): Promise<ReadonlyMap<string, number>> {
  try {
    return await ask(doubtful)
  } catch (error) {
    if (passing.includes(typeOf(error) ?? '')) return new Map()
    throw error
  }
}
