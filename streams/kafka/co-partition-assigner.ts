import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'
import { assignPartitions, type MemberHistory } from '../assignment.ts'
import type { AssignmentMode } from '../port.ts'

/** What a member has, and the id under which it got that. The broker gives a member that it has shut out another id. */
export type Holding = { readonly memberId: string; readonly partitions: readonly number[] }

/** The history of a member by what it sent when it joined; one that speaks another version of this protocol has none. */
export function readHistory(memberId: string, userData: Buffer): MemberHistory {
  try {
    const { memberId: before, partitions }: Record<string, unknown> = JSON.parse(userData.toString('utf8') || '{}')
    if (!Array.isArray(partitions)) return { memberId, partitions: [] }
    return { memberId, partitions: partitions.filter(Number.isInteger), isStale: before !== memberId }
  } catch {
    return { memberId, partitions: [] }
  }
}

/** The kafkajs assigner over {@link assignPartitions}; `current` tells what this member has at the moment it joins. */
export function coPartitionAssigner(mode: AssignmentMode, current: () => Holding): PartitionAssigner {
  const name = `barline-${mode}`
  return ({ cluster }) => ({
    name,
    version: 1,
    async assign({ members, topics }) {
      const counts = topics.map((topic) => cluster.findTopicPartitionMetadata(topic).length)
      const partitionCount = Math.max(...counts)
      if (counts.some((count) => count !== partitionCount)) {
        throw new Error(
          `Topics read together must have the same partition count: ${topics.map((t, i) => `${t}: ${counts[i]}`)}`,
        )
      }
      const histories = members.map(({ memberId, memberMetadata }) =>
        readHistory(memberId, AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData ?? Buffer.alloc(0)),
      )
      return [...assignPartitions(histories, partitionCount, mode)].map(([memberId, partitions]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: 1,
          assignment: Object.fromEntries(topics.map((topic) => [topic, partitions])),
          userData: Buffer.alloc(0),
        }),
      }))
    },
    protocol({ topics }) {
      return {
        name,
        metadata: AssignerProtocol.MemberMetadata.encode({
          version: 1,
          topics,
          userData: Buffer.from(JSON.stringify(current())),
        }),
      }
    },
  })
}
