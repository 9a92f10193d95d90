import type { TopicPartition } from '../port.ts'

/** Partitions as requests list them: those of each topic together, in the order of their first ones, under physical names. */
export function listedByTopic<Where extends TopicPartition, Entry>(
  prefix: string,
  partitions: readonly Where[],
  entryOf: (where: Where) => Entry,
): { topic: string; partitions: Entry[] }[] {
  const topics = new Map<string, Entry[]>()
  for (const where of partitions) {
    const known = topics.get(where.topic)
    if (known) known.push(entryOf(where))
    else topics.set(where.topic, [entryOf(where)])
  }
  return [...topics].map(([topic, entries]) => ({ topic: prefix + topic, partitions: entries }))
}
