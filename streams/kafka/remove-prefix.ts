import { createKafka } from './client.ts'
import { refuseMembers } from './group-members.ts'

/** What was removed from the broker. */
export type Removed = { readonly groups: readonly string[]; readonly topics: readonly string[] }

/**
 * Removes the groups and then the topics that begin with a prefix. Throws `GroupsInUseError` before anything is removed when
 * a group has members. RangeError on the empty prefix.
 */
export async function removePrefix(brokers: readonly string[], prefix: string): Promise<Removed> {
  if (prefix === '') throw new RangeError('Without a prefix everything on the broker would be removed')
  const admin = createKafka({ brokers, clientId: 'barline-remove' }).admin()
  await admin.connect()
  try {
    const groups = (await admin.listGroups()).groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(prefix))
    await refuseMembers(admin, groups)
    if (groups.length > 0) await admin.deleteGroups(groups)
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix))
    if (topics.length > 0) await admin.deleteTopics({ topics })
    return { groups, topics }
  } finally {
    await admin.disconnect()
  }
}
