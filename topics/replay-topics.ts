import { type ProcessorName, type TopicSpec, topics } from './topics.ts'

/** The topic that says which replays there are. */
export const REPLAYS = 'replays'

/** The topics that a replay has of its own: those that its processors write, and those that it is fed from. */
export function replayTopics(processors: readonly ProcessorName[], fed: readonly string[]): readonly TopicSpec[] {
  const writes = new Set<string>(processors)
  return topics.filter(({ id, owner, status }) => status === 'active' && (writes.has(owner) || fed.includes(id)))
}

/** Whether a topic is history: it can be cut at a place, compared, and has a digest. Snapshots are not. */
export function isHistory({ cleanup }: Pick<TopicSpec, 'cleanup'>): boolean {
  return cleanup === 'delete'
}
