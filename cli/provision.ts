import { registerAll } from '../avro/registration.ts'
import { ensureTables } from '../sink/migrate.ts'
import { openTopicAdmin } from '../streams/kafka/open-topic-admin.ts'
import { provision, warnings } from '../topics/provisioning.ts'
import type { Addresses } from './addresses.ts'
import type { Config } from './config.ts'
import { connectClickHouse, tablesOf } from './connect-store.ts'

/** Makes what the chain needs and lacks: topics, schemas in the registry, tables. Refuses what is there but differs. */
export async function provisionAll(config: Config, addresses: Addresses, say: (line: string) => void): Promise<void> {
  const admin = await openTopicAdmin({ brokers: addresses.brokers })
  const client = connectClickHouse(config, addresses)
  try {
    const { topicPrefix, partitions, replicationFactor } = config
    const [topics, subjects, tables] = await Promise.all([
      provision({ admin, partitions, topicPrefix, replicationFactor }),
      registerAll({ registryUrl: addresses.registryUrl, topicPrefix }),
      ensureTables(client, tablesOf(config)),
    ])
    say(
      `${topics.created.length} topics created with ${partitions} partitions, ${subjects.length} schemas registered, ` +
        `${tables.statements.length} table statements`,
    )
    for (const warning of await warnings({ admin, topicPrefix })) say(`WARNING: ${warning}`)
  } finally {
    await Promise.all([admin.close(), client.close()])
  }
}
