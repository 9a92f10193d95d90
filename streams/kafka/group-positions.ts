import { LogUnavailableError } from '../errors.ts'
import { partitionKey, type TopicPartition } from '../port.ts'
import { type Cluster, type FetchedOffsets, throwIfFailed } from './broker.ts'
import { listedByTopic } from './listed-by-topic.ts'

const groupCoordinator = 0

/** A position that a group has committed, and the note beside it; null or empty where none was written. */
export type GroupPosition = { readonly offset: number; readonly note: string | null }

/**
 * Asks the coordinator of a group for its positions on these partitions, in one request and without the metadata of topics: a client
 * that does not know a topic at the moment would ask for none of its partitions, and take that for "nothing committed".
 */
export async function groupPositions(
  cluster: Cluster,
  prefix: string,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, GroupPosition>> {
  if (partitions.length === 0) return new Map()
  const groupId = prefix + group
  const coordinator = await cluster.findGroupCoordinator({ groupId, coordinatorType: groupCoordinator })
  const topics = listedByTopic(prefix, partitions, ({ partition }) => ({ partition }))
  return positionsIn(await coordinator.offsetFetch({ groupId, topics }), prefix, partitions)
}

/**
 * The positions that an answer gives for the partitions asked for, by {@link partitionKey}; those are left out of which it says, with a
 * negative offset, that nothing is committed. Throws what kafkajs throws for an error code, and {@link LogUnavailableError} for a
 * partition that the answer does not name: no answer is not "nothing committed".
 */
export function positionsIn(
  { errorCode = 0, responses }: FetchedOffsets,
  prefix: string,
  asked: readonly TopicPartition[],
): ReadonlyMap<string, GroupPosition> {
  throwIfFailed(errorCode)
  const answers = new Map(
    responses.flatMap(({ topic, partitions }) =>
      partitions.map((answer) => [partitionKey({ topic, partition: answer.partition }), answer] as const),
    ),
  )
  const found = new Map<string, GroupPosition>()
  for (const where of asked) {
    const answer = answers.get(partitionKey({ ...where, topic: prefix + where.topic }))
    if (!answer) {
      const cause = new Error(`the answer says nothing of ${partitionKey(where)}`)
      throw new LogUnavailableError('Reading committed positions', cause)
    }
    throwIfFailed(answer.errorCode)
    const offset = Number(answer.offset)
    if (offset >= 0) found.set(partitionKey(where), { offset, note: answer.metadata })
  }
  return found
}
