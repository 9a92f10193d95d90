import { AssignerProtocol, type PartitionAssigner } from 'kafkajs'
import { assignPartitions } from '../assignment.ts'
import type { AssignmentMode } from '../port.ts'

function decodeHistory(userData: Buffer): number[] {
  try {
    const decoded: unknown = JSON.parse(userData.toString('utf8') || '[]')
    return Array.isArray(decoded) ? decoded.filter((each): each is number => Number.isInteger(each)) : []
  } catch {
    // A member that speaks another version of this protocol has no history here.
    return []
  }
}

/** The kafkajs assigner over {@link assignPartitions}; `current` tells what this member has at the moment it joins. */
export function coPartitionAssigner(mode: AssignmentMode, current: () => readonly number[]): PartitionAssigner {
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
      const histories = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        partitions: decodeHistory(AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData ?? Buffer.alloc(0)),
      }))
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
