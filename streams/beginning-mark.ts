import type { Position, TopicPartition } from './port.ts'

/** Far below what any broker is set to keep positions for, and a transaction an hour costs nothing. */
const renewEveryMs = 3_600_000

/**
 * Where a position says that a task has begun: on its dead letters, of which it is no place. A broker that deletes a topic forgets the
 * positions that groups have committed on it, and a task that reads that topic alone would seem never to have run.
 */
export function beginningMark(group: string, inputs: readonly TopicPartition[]): Position[] {
  const mark = { topic: `dead-letters.${group}`, partition: inputs[0]?.partition ?? 0, offset: 0 }
  return inputs.some(({ topic }) => topic === mark.topic) ? [] : [mark]
}

/**
 * Says when the mark of a task is to be committed again. A broker keeps positions on topics that a running group reads, but those on
 * others, as the mark is one, only for `offsets.retention.minutes`: so it goes with a transaction of each owner, and one an hour.
 */
export class RenewedMark {
  readonly #mark: readonly Position[]
  #renewedAt = Number.NEGATIVE_INFINITY

  constructor(mark: readonly Position[]) {
    this.#mark = mark
  }

  /** What the next transaction is to commit, which {@link committed} is to be told of then; `now`: milliseconds. */
  due(now: number): readonly Position[] {
    return now - this.#renewedAt < renewEveryMs ? [] : this.#mark
  }

  committed(now: number): void {
    this.#renewedAt = now
  }
}
