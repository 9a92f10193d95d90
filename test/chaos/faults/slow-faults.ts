import { setTimeout as sleep } from 'node:timers/promises'
import { type ProcessorName, processorNames } from '../../../topics/topics.ts'
import type { World } from '../world.ts'
import { disks } from './disks.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'
import { clientOf } from './processors.ts'
import { startAgain } from './start-again.ts'

/** Over the request timeout of the client, and over the transaction timeout of the writers. */
const beyondTimeoutsMs = 23_000
/** How often a broker looks for transactions that are too old. */
const brokerLooksEveryMs = 10_000
const brokerEndsItWithinMs = 90_000

/** The answer to a Produce comes after the client has given up on it. */
async function produceBeyondTimeout(world: World): Promise<Happening> {
  const held = await world.proxies.kafka.catchNext({
    direction: 'response',
    api: 'Produce',
    client: clientOf('engine'),
  })
  await sleep(beyondTimeoutsMs)
  held.release('forward')
  const { transactionalId } = held.frame
  return {
    happened: true,
    evidence: `${transactionalId} heard of Produce ${beyondTimeoutsMs} ms late`,
    struck: ['engine'],
  }
}

/** How many partitions of a topic an open transaction holds back. */
async function heldBack({ log, config }: World, topic: string): Promise<number> {
  const all = Array.from({ length: config.partitions }, (_, partition) => ({ topic, partition, offset: 0 }))
  const reader = await log.reader()
  const fetched = await reader.fetch(all, 0)
  await reader.close()
  return fetched.filter(({ endOffset, stableOffset }) => stableOffset < endOffset).length
}

/** A worker stands still in a transaction until the broker has ended it, with nobody else there to fence it. */
async function transactionTooOld(world: World): Promise<Happening> {
  const name: ProcessorName = 'engine'
  const [member] = world.fleet.of(name)
  const ending = { direction: 'request', api: 'EndTxn', client: clientOf(name) } as const
  let held = await world.proxies.kafka.catchNext(ending)
  let before = await heldBack(world, 'indicators')
  // One that carries positions alone, or a snapshot, shows nothing.
  while (before === 0) {
    held.release('forward')
    held = await world.proxies.kafka.catchNext(ending)
    before = await heldBack(world, 'indicators')
  }
  member?.process.kill('SIGSTOP')
  const stoppedAt = performance.now()
  await sleep(beyondTimeoutsMs)
  let pinned = await heldBack(world, 'indicators')
  while (pinned > 0 && performance.now() - stoppedAt < brokerEndsItWithinMs) {
    await sleep(brokerLooksEveryMs / 10)
    pinned = await heldBack(world, 'indicators')
  }
  const seconds = ((performance.now() - stoppedAt) / 1000).toFixed(1)
  held.release('forward')
  member?.process.kill('SIGCONT')
  const evidence = `${held.frame.transactionalId} stood still; of the ${before} partitions that it held back ${pinned} were left after ${seconds} s`
  return { happened: member !== undefined && before > 0 && pinned === 0, evidence, struck: [name] }
}

async function brokerAway(world: World, downMs: number): Promise<Happening> {
  const { kafka } = world.stack
  const before = kafka.pid
  await kafka.kill()
  await sleep(downMs)
  await startAgain(kafka)
  const evidence = `down for ${downMs} ms; process ${before} became ${kafka.pid}`
  return { happened: before !== kafka.pid, evidence, struck: processorNames }
}

async function brokerPaused(world: World): Promise<Happening> {
  const pausedMs = 20_000
  world.stack.kafka.pause()
  await sleep(pausedMs)
  world.stack.kafka.resume()
  return {
    happened: world.stack.kafka.pid !== undefined,
    evidence: `paused for ${pausedMs} ms`,
    struck: processorNames,
  }
}

async function clickHouseAway(world: World): Promise<Happening> {
  const downMs = 60_000
  const { clickhouse } = world.stack
  const before = clickhouse.pid
  await clickhouse.kill()
  await sleep(downMs)
  await startAgain(clickhouse)
  const evidence = `down for ${downMs} ms; process ${before} became ${clickhouse.pid}`
  return { happened: before !== clickhouse.pid, evidence, struck: ['sink'] }
}

/** Thirty kills, as a machine without memory does. */
async function killThirty(world: World, choice: Choice): Promise<Happening> {
  for (let count = 0; count < 30; count += 1) {
    const all = world.fleet.all
    const member = all[choice.between(0, Math.max(0, all.length - 1))]
    if (member) world.fleet.kill(member)
    await sleep(choice.between(100, 1_000))
  }
  return { happened: true, evidence: '30 kills in a row', struck: processorNames }
}

/** Faults that take too long for the random mix, or need tools that not every machine has; each is a scenario of its own. */
export const slowFaults: readonly FaultKind[] = [
  { name: 'produce-beyond-timeout', rows: [9], invariants: ['D', 'O'], weight: 1, inject: produceBeyondTimeout },
  { name: 'transaction-too-old', rows: [10], invariants: ['D', 'R'], weight: 1, inject: transactionTooOld },
  {
    name: 'broker-away-70-s',
    rows: [6],
    invariants: ['R', 'L', 'D'],
    weight: 1,
    inject: (world) => brokerAway(world, 70_000),
  },
  { name: 'broker-paused-20-s', rows: [6], invariants: ['R', 'L', 'D'], weight: 1, inject: brokerPaused },
  { name: 'clickhouse-away-60-s', rows: [27], invariants: ['R', 'L', 'D'], weight: 1, inject: clickHouseAway },
  ...disks,
  { name: 'kill-thirty', rows: [5], invariants: ['R', 'L', 'D'], weight: 1, inject: killThirty },
]
