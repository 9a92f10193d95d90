import { setTimeout as sleep } from 'node:timers/promises'
import type { World } from '../world.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'
import { anyProcessor } from './processors.ts'

/** How many assignments all workers of a processor have been told of. */
const assignmentsOf = (world: World): number => world.fleet.counts.get('assigned') ?? 0

async function scaleUpAndDown(world: World, choice: Choice): Promise<Happening> {
  const { fleet } = world
  const name = anyProcessor(choice)
  await fleet.nextAssigned(name)
  const first = fleet.of(name)
  const before = assignmentsOf(world)
  const others = [fleet.start(name), fleet.start(name)]
  // A fan-in processor has one task: the others stand by with none.
  await Promise.all(others.map(({ process }) => process.event('assigned')))
  await sleep(choice.between(500, 2_000))
  const [stays = others[0], ...leave] = choice.number() < 0.5 ? [...first, ...others] : [...others, ...first]
  const exits = []
  for (const member of leave) exits.push(await fleet.retire(member))
  const evidence = `1 to 3 to 1 of ${name}: ${assignmentsOf(world) - before} assignments, exits ${exits.join(', ')}`
  return { happened: stays !== undefined && exits.every((exit) => exit === 0), evidence, struck: [name] }
}

async function rejoinStorm(world: World, choice: Choice): Promise<Happening> {
  const { fleet } = world
  const name = anyProcessor(choice)
  const before = assignmentsOf(world)
  const rejoins = choice.between(4, 7)
  for (let count = 0; count < rejoins; count += 1) {
    const [oldest] = fleet.of(name)
    // On a busy machine a process takes long to start, and one that goes before it has asked to join changes nothing.
    await fleet.start(name).process.event('started')
    await sleep(choice.between(200, 1_200))
    if (!oldest) continue
    if (choice.number() < 0.5) fleet.kill(oldest)
    else await fleet.retire(oldest)
  }
  // Those that were killed were replaced: one stays.
  const [, ...tooMany] = fleet.of(name)
  for (const member of tooMany) await fleet.retire(member)
  await fleet.nextAssigned(name)
  const assignments = assignmentsOf(world) - before
  const evidence = `${rejoins} changes of the members of ${name}, ${assignments} assignments`
  return { happened: assignments >= 2, evidence, struck: [name] }
}

/** Groups whose members come and go. */
export const rebalances: readonly FaultKind[] = [
  { name: 'scale-1-3-1', rows: [3], invariants: ['L', 'D', 'O'], weight: 4, inject: scaleUpAndDown },
  { name: 'rejoin-storm', rows: [3], invariants: ['L', 'D', 'O', 'R'], weight: 2, inject: rejoinStorm },
]
