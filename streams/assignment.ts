import type { AssignmentMode } from './port.ts'

/** What a member had when it (re)joined. `isStale`: it was out of the group since, and others may have taken it over. */
export type MemberHistory = {
  readonly memberId: string
  readonly partitions: readonly number[]
  readonly isStale?: boolean
}

/**
 * Gives partition i of every topic to one member. Members keep what they have up to their fair share, so a rebalance moves
 * (and restores) as few tasks as possible; what is free goes to the member with the least. `all-to-one`: one member gets
 * everything and keeps it while it lives, the others stand by. What a member had before it was shut out of the group is its
 * own again only if nobody has it: whoever comes back after a standstill takes nothing from who stepped in.
 */
export function assignPartitions(
  members: readonly MemberHistory[],
  partitionCount: number,
  mode: AssignmentMode,
): Map<string, number[]> {
  const byId = (a: MemberHistory, b: MemberHistory): number => (a.memberId < b.memberId ? -1 : 1)
  const ordered = [...members].sort((a, b) => Number(a.isStale ?? false) - Number(b.isStale ?? false) || byId(a, b))
  const assigned = new Map<string, number[]>(ordered.map(({ memberId }) => [memberId, []]))
  const all = Array.from({ length: partitionCount }, (_, partition) => partition)
  if (mode === 'all-to-one') {
    const holder = ordered.find(({ partitions }) => partitions.length > 0) ?? ordered[0]
    if (holder) assigned.set(holder.memberId, all)
    return assigned
  }
  const smallShare = Math.floor(partitionCount / ordered.length)
  let largeShares = partitionCount % ordered.length
  const free = new Set(all)
  const shares = new Map<string, number>()
  const holding = ({ isStale, partitions }: MemberHistory): number => (isStale ? 0 : partitions.length)
  // The members that hold most come first, so that the few larger shares go where they save a move.
  for (const member of [...ordered].sort((a, b) => holding(b) - holding(a))) {
    const isLarge = largeShares > 0
    if (isLarge) largeShares -= 1
    const share = smallShare + (isLarge ? 1 : 0)
    shares.set(member.memberId, share)
    const kept = [...member.partitions]
      .sort((a, b) => a - b)
      .filter((partition) => free.has(partition))
      .slice(0, share)
    for (const partition of kept) free.delete(partition)
    assigned.set(member.memberId, kept)
  }
  for (const [memberId, partitions] of assigned) {
    const wanted = (shares.get(memberId) ?? 0) - partitions.length
    const given = [...free].slice(0, wanted)
    for (const partition of given) free.delete(partition)
    partitions.push(...given)
  }
  return assigned
}
