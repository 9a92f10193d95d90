import { AdoptionRefusedError } from './errors.ts'
import { type Log, type Position, partitionKey, type TopicPartition } from './port.ts'
import { transactionalIdOf } from './task.ts'

/** The processor that takes a topic on, and the topic. No worker of it may run: see {@link adoptInput}. */
export type Adoption = {
  readonly log: Log
  /** Name of the processor, which is that of its group. */
  readonly processor: string
  readonly fanIn: boolean
  readonly partitions: number
  /** All inputs that it is to have, the new one among them. */
  readonly inputs: readonly string[]
  readonly topic: string
}

/**
 * Lets a processor that has run before read one more topic, from its oldest record: commits that position for each partition of the
 * topic that has none, under the transactional id of the task that will read it, so that whoever still runs the task is shut out.
 * Gives the positions committed now; none when all were there. Throws {@link AdoptionRefusedError}.
 */
export async function adoptInput({ log, processor, fanIn, partitions, inputs, topic }: Adoption): Promise<Position[]> {
  if (!inputs.includes(topic)) {
    throw new AdoptionRefusedError(`${processor} does not read ${topic}; its inputs are ${inputs.join(', ')}`)
  }
  const of = (id: string): TopicPartition[] =>
    Array.from({ length: partitions }, (_, partition) => ({ topic: id, partition }))
  const committed = await log.committed(processor, inputs.flatMap(of))
  if (committed.size === 0) {
    throw new AdoptionRefusedError(
      `${processor} has never run: it begins at the oldest record of every input, and there is nothing to adopt`,
    )
  }
  const bounds = await log.bounds(of(topic))
  const adopted: Position[] = []
  const tasks = fanIn ? (['all'] as const) : of(topic).map(({ partition }) => partition)
  for (const task of tasks) {
    const positions = of(topic).flatMap((where): Position[] => {
      const isMine = task === 'all' || task === where.partition
      if (!isMine || committed.has(partitionKey(where))) return []
      return [{ ...where, offset: bounds.get(partitionKey(where))?.start ?? 0 }]
    })
    if (positions.length === 0) continue
    const writer = await log.writer(transactionalIdOf(processor, task))
    try {
      await writer.fence()
      await writer.commit({ records: [], offsets: { group: processor, positions } })
    } finally {
      await writer.close()
    }
    adopted.push(...positions)
  }
  return adopted
}
