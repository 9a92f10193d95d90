import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin } from 'kafkajs'
import type { TopicAdmin } from '../../topics/topic-admin.ts'

const CREATE_TIMEOUT_MS = 30_000
const LEADERS_PAUSE_MS = 50

/** {@link TopicAdmin} over a connected kafkajs admin client, which stays the caller's to disconnect. */
export function kafkaTopicAdmin(admin: Admin): TopicAdmin {
  return {
    list: () => admin.listTopics(),

    async describe(names) {
      // Asking for the metadata of a topic that is not there would create it on a broker that auto-creates topics.
      const existing = new Set(await admin.listTopics())
      const present = names.filter((name) => existing.has(name))
      if (present.length === 0) return []
      const { topics } = await admin.fetchTopicMetadata({ topics: present })
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: present.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
      })
      const settings = new Map(
        resources.map(({ resourceName, configEntries }) => [
          resourceName,
          Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
        ]),
      )
      return topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.length,
        settings: settings.get(name) ?? {},
      }))
    },

    async create(topics) {
      await admin.createTopics({
        // kafkajs's wait gives up where a busy broker has not heard of the topic yet.
        waitForLeaders: false,
        timeout: CREATE_TIMEOUT_MS,
        topics: topics.map(({ name, partitions, replicationFactor, settings }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor,
          configEntries: Object.entries(settings).map(([setting, value]) => ({ name: setting, value })),
        })),
      })
      await leadersOf(admin, names(topics))
    },
  }
}

const names = (topics: readonly { readonly name: string }[]): string[] => topics.map(({ name }) => name)

/** Waits until the broker tells a leader for every partition of topics just made; throws what it said last after half a minute. */
async function leadersOf(admin: Admin, topics: string[]): Promise<void> {
  const until = Date.now() + CREATE_TIMEOUT_MS
  for (;;) {
    try {
      const metadata = await admin.fetchTopicMetadata({ topics })
      if (metadata.topics.every(({ partitions }) => partitions.length > 0 && partitions.every(hasLeader))) return
    } catch (error) {
      if (Date.now() >= until) throw error
    }
    if (Date.now() >= until) throw new Error(`No leaders for ${topics.join(', ')} after ${CREATE_TIMEOUT_MS} ms`)
    await sleep(LEADERS_PAUSE_MS)
  }
}

const hasLeader = ({ leader }: { readonly leader: number }): boolean => leader >= 0
