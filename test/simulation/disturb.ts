import { snapshotTopicId } from '../../topics/topics.ts'
import type { Fleet } from './fleet.ts'
import type { Scenario } from './scenario.ts'
import type { SimulatedWorld } from './simulated-log.ts'
import { MembershipLostError } from './simulated-membership.ts'

/** What happens to whole processes, at random moments until the faults of a history are over. */
export function disturb(world: SimulatedWorld, fleet: Fleet, scenario: Scenario): void {
  const { scheduler, faults } = world
  const next = () => {
    if (faults.isOver) return
    disturbOnce(world, fleet, scenario)
    scheduler.after(faults.between(50, 900), next)
  }
  scheduler.after(faults.between(20, 600), next)
}

function disturbOnce({ scheduler, faults, memory }: SimulatedWorld, fleet: Fleet, scenario: Scenario): void {
  const { members } = fleet
  const member = members[faults.between(0, members.length - 1)]
  if (!member) return
  const { process, log } = member
  const kinds = ['crash', 'crash', 'stall', 'zombie', 'membership lost', 'leave', 'join', 'compaction'] as const
  const kind = kinds[faults.between(0, kinds.length - 1)] ?? 'crash'
  faults.count(kind)
  if (kind === 'crash') fleet.crash(member)
  if (kind === 'leave') fleet.leave(member)
  if (kind === 'join') fleet.add(member.definition)
  if (kind === 'membership lost') for (const link of log.links) link.lose(new MembershipLostError('simulated'))
  if (kind === 'stall' || kind === 'zombie') {
    process.stalledUntil = scheduler.now + faults.between(50, 1_500)
  }
  if (kind === 'zombie') {
    // The group gives its tasks away while it stands still; it goes on with them until it notices.
    for (const link of log.links) {
      link.evict()
      const noticed = process.stalledUntil - scheduler.now + faults.between(0, 500)
      scheduler.after(noticed, () => link.rejoin(), process)
    }
  }
  if (kind === 'compaction') {
    for (const { name } of scenario.definitions) {
      for (let partition = 0; partition < scenario.partitions; partition += 1) {
        memory.compact({ topic: snapshotTopicId(name), partition })
      }
    }
  }
}
