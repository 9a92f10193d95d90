import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessorName } from '../../../topics/topics.ts'
import type { Caught, Wanted } from '../proxy/snare.ts'
import type { World } from '../world.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'
import { anyProcessor, clientOf } from './processors.ts'

/** Points of a transaction at which its worker stands still, since a message of it is held in the proxy. */
const points = {
  'before the first record': { direction: 'request', api: 'AddPartitionsToTxn' },
  'after the records': { direction: 'request', api: 'AddOffsetsToTxn' },
  'after the positions': { direction: 'request', api: 'EndTxn' },
  'after the commit, which it does not know': { direction: 'response', api: 'EndTxn' },
} as const satisfies Record<string, Wanted>

type Point = keyof typeof points

/** What becomes of the message of a dead worker: lost, at once at the broker, or there when a successor has taken over. */
const fates = ['lost', 'at once', 'late'] as const

async function endMessage(world: World, name: ProcessorName, held: Caught, fate: (typeof fates)[number]) {
  if (fate === 'lost') held.release('drop')
  if (fate === 'at once') held.release('forward')
  if (fate !== 'late') return
  await world.fleet.nextAssigned(name)
  await sleep(500)
  held.release('forward')
}

/** A point that comes up again and again in each processor; the sink sends records only where it refuses some. */
function pointFor(name: ProcessorName, choice: Choice): Point {
  const all = Object.keys(points) as [Point, ...Point[]]
  return name === 'sink'
    ? choice.of(['after the positions', 'after the commit, which it does not know'])
    : choice.of(all)
}

async function killInTransaction(world: World, choice: Choice): Promise<Happening> {
  const name = anyProcessor(choice)
  const point = pointFor(name, choice)
  const fate = choice.of(fates)
  const [member] = world.fleet.of(name)
  const held = await world.proxies.kafka.catchNext({ ...points[point], client: clientOf(name) })
  if (member) world.fleet.kill(member)
  const ended = await member?.process.ended
  await endMessage(world, name, held, fate)
  const where = `${held.frame.transactionalId} ${point}`
  return {
    happened: ended === 'SIGKILL',
    evidence: `${where}; its ${held.frame.api} ${held.frame.direction} came ${fate}`,
    struck: [name],
  }
}

async function killSinkAtInsert(world: World, choice: Choice): Promise<Happening> {
  const direction = choice.of(['request', 'response'] as const)
  const [member] = world.fleet.of('sink')
  const held = await world.proxies.clickhouse.catchNext({ direction, api: 'INSERT' })
  if (member) world.fleet.kill(member)
  const ended = await member?.process.ended
  const late = choice.between(0, 1_500)
  await sleep(late)
  held.release('forward')
  const evidence = `the ${direction} of an INSERT was held, and went on ${late} ms after its sink had died`
  return { happened: ended === 'SIGKILL', evidence, struck: ['sink'] }
}

async function killAtFence(world: World, choice: Choice): Promise<Happening> {
  const name = anyProcessor(choice)
  const [first] = world.fleet.of(name)
  const fencing = world.proxies.kafka.catchNext({
    direction: 'response',
    api: 'InitProducerId',
    client: clientOf(name),
  })
  if (first) world.fleet.kill(first)
  const held = await fencing
  const [second] = world.fleet.of(name)
  if (second) world.fleet.kill(second)
  const ended = await second?.process.ended
  held.release('drop')
  const evidence = `${held.frame.transactionalId} died between its fence and the answer to it`
  return { happened: ended === 'SIGKILL', evidence, struck: [name] }
}

async function burst(world: World, choice: Choice): Promise<Happening> {
  const kills = choice.between(8, 30)
  const struck = new Set<ProcessorName>()
  for (let count = 0; count < kills; count += 1) {
    const name = anyProcessor(choice)
    const [member] = world.fleet.of(name)
    if (member) world.fleet.kill(member)
    struck.add(name)
    await sleep(choice.between(100, 1_000))
  }
  return { happened: struck.size > 1, evidence: `${kills} kills of ${[...struck].join(', ')}`, struck: [...struck] }
}

async function terminate(world: World, choice: Choice): Promise<Happening> {
  const name = anyProcessor(choice)
  const member = await world.fleet.nextAssigned(name)
  const held = await world.proxies.kafka.catchNext({ direction: 'request', api: 'EndTxn', client: clientOf(name) })
  const ending = world.fleet.retire(member)
  await sleep(choice.between(50, 600))
  held.release('forward')
  const askedAt = performance.now()
  const ended = await ending
  const seconds = (performance.now() - askedAt) / 1000
  world.fleet.start(name)
  const evidence = `${held.frame.transactionalId} was asked to end in a transaction; exit ${ended} after ${seconds.toFixed(1)} s`
  return { happened: ended === 0, evidence, struck: [name] }
}

/** Workers that are killed or asked to end, at each point of what they do. */
export const workerKills: readonly FaultKind[] = [
  { name: 'kill-in-transaction', rows: [1], invariants: ['L', 'D', 'O', 'S'], weight: 12, inject: killInTransaction },
  { name: 'kill-sink-at-insert', rows: [1, 28], invariants: ['L', 'D'], weight: 3, inject: killSinkAtInsert },
  { name: 'kill-at-fence', rows: [1], invariants: ['L', 'D', 'O', 'S'], weight: 3, inject: killAtFence },
  { name: 'kill-burst', rows: [5], invariants: ['R', 'L', 'D'], weight: 2, inject: burst },
  { name: 'sigterm-in-transaction', rows: [4], invariants: ['L', 'D', 'R'], weight: 4, inject: terminate },
]
