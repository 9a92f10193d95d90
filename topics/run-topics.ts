import { type TopicSpec, topics } from './topics.ts'

/** What the ids of backfills begin with: rows of such a run are read only where it was adopted. */
export const BACKFILL_PREFIX = 'backfill-'

/** The id of the topic that a run writes in place of a topic of the chain, for example `indicators.backfill-1f0c…`. */
export function runTopicId(topicId: string, runId: string): string {
  return `${topicId}.${runId}`
}

/** The topic of the chain that a topic of the run stands for; any other id is its own. */
export function chainTopicId(topicId: string, runId: string): string {
  const suffix = `.${runId}`
  return topicId.endsWith(suffix) ? topicId.slice(0, -suffix.length) : topicId
}

/**
 * The topics of a run, in the order of the list: each with the records and settings of the one it stands for, which also lends
 * it its subjects of the registry, and with one partition, since a run is of one symbol. `only`: the one topic of the chain that the
 * run writes, if it writes no more.
 */
export function runTopics(runId: string, only?: string): readonly TopicSpec[] {
  return topics
    .filter(({ id, records }) => records.some(({ isRebuilt }) => isRebuilt) && (only === undefined || id === only))
    .map((spec) => ({ ...spec, id: runTopicId(spec.id, runId), partitions: 1, owner: 'backfill' }))
}
