import { quoteName } from '../../sink/sql-text.ts'
import { removePrefix } from '../../streams/kafka/remove-prefix.ts'
import type { Addresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import { connectClickHouse } from '../connect-store.ts'
import type { Replay } from './replays.ts'

/** What was deleted of a replay. */
export type Cleaned = { readonly topics: number; readonly groups: number; readonly database: string }

/** Deletes the groups, topics and tables of a replay. Throws `GroupsInUseError` when its workers still run. */
export async function cleanReplay(
  config: Config,
  addresses: Addresses,
  { topic_prefix: prefix, database }: Pick<Replay, 'topic_prefix' | 'database'>,
): Promise<Cleaned> {
  const { topics, groups } = await removePrefix(addresses.brokers, prefix)
  const client = connectClickHouse(config, addresses)
  try {
    await client.command(`DROP DATABASE IF EXISTS ${quoteName(database)}`)
  } finally {
    await client.close()
  }
  return { topics: topics.length, groups: groups.length, database }
}
