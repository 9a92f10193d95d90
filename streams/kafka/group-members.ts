import type { Admin } from 'kafkajs'
import { createKafka } from './client.ts'

/** Groups that somebody is still a member of, though nobody may be for what is to be done. */
export class GroupsInUseError extends Error {
  readonly code = 'GROUPS_IN_USE'
  readonly retriable = true
  constructor(groups: readonly string[]) {
    super(
      `Somebody is still a member of ${groups.join(', ')}: stop these workers; one that was killed is given up after its session timeout`,
    )
    this.name = 'GroupsInUseError'
  }
}

/** Throws {@link GroupsInUseError} when one of the groups has members. */
export async function refuseMembers(admin: Admin, groups: readonly string[]): Promise<void> {
  if (groups.length === 0) return
  const described = await admin.describeGroups([...groups])
  const inUse = described.groups.filter(({ members }) => members.length > 0).map(({ groupId }) => groupId)
  if (inUse.length > 0) throw new GroupsInUseError(inUse)
}

/** Throws {@link GroupsInUseError} when the group has members, asked over a connection of its own. */
export async function refuseRunning(brokers: readonly string[], group: string): Promise<void> {
  const admin = createKafka({ brokers, clientId: 'barline-members' }).admin()
  await admin.connect()
  try {
    await refuseMembers(admin, [group])
  } finally {
    await admin.disconnect()
  }
}
