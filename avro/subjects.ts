import { physicalName } from '../topics/physical-name.ts'
import { type TopicSpec, topics } from '../topics/topics.ts'

/** One subject of the registry: the record that a topic carries under it. */
export type Subject = { readonly name: string; readonly topicId: string; readonly recordName: string }

/** Subjects of a topic, one per record it carries; named by TopicNameStrategy, or TopicRecordNameStrategy where it has markers. */
export function subjectsOf(topic: TopicSpec, topicPrefix: string): readonly Subject[] {
  const physical = physicalName(topic.id, topicPrefix)
  return topic.records.map(({ name }) => ({
    name: topic.subjects === 'topic' ? `${physical}-value` : `${physical}-${name}`,
    topicId: topic.id,
    recordName: name,
  }))
}

/** Subjects of all active topics, in the order of the list of topics. */
export function activeSubjects(topicPrefix: string): readonly Subject[] {
  return topics.filter(({ status }) => status === 'active').flatMap((topic) => subjectsOf(topic, topicPrefix))
}
