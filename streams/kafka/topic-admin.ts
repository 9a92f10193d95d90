import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin } from 'kafkajs'
import { brokerSettingNames, type TopicAdmin } from '../../topics/topic-admin.ts'
import { typeOf } from './error-type.ts'

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
      const settings = settingsIn(resources)
      return topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.length,
        copies: Math.min(...partitions.map(({ replicas }) => replicas.length)),
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

    async brokers() {
      const ids = (await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId)
      const settings = await brokerSettings(admin, ids)
      return ids.map((id) => ({ id, settings: settings.get(String(id)) ?? {} }))
    },
  }
}

/** Settings by the id of the broker; none for a user to whom the cluster does not tell them. */
async function brokerSettings(
  admin: Admin,
  ids: readonly number[],
): Promise<ReadonlyMap<string, Record<string, string>>> {
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: ids.map((id) => ({
        type: kafkajs.ConfigResourceTypes.BROKER,
        name: String(id),
        configNames: [...brokerSettingNames],
      })),
    })
    return settingsIn(resources)
  } catch (error) {
    if (typeOf(error) === 'CLUSTER_AUTHORIZATION_FAILED') return new Map()
    throw error
  }
}

/** Settings by the name of what has them; one without a value is not told. */
const settingsIn = (resources: Awaited<ReturnType<Admin['describeConfigs']>>['resources']) =>
  new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  )

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
