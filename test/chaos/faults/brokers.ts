import { setTimeout as sleep } from 'node:timers/promises'
import { processorNames } from '../../../topics/topics.ts'
import type { World } from '../world.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'
import { anyProcessor } from './processors.ts'
import { startAgain } from './start-again.ts'

const everybody = processorNames

async function killBroker(world: World, choice: Choice): Promise<Happening> {
  const { kafka } = world.stack
  const before = kafka.pid
  const downMs = choice.between(200, 5_000)
  await kafka.kill()
  await sleep(downMs)
  await startAgain(kafka)
  const evidence = `killed, and started again after ${downMs} ms; process ${before} became ${kafka.pid}`
  return { happened: before !== undefined && before !== kafka.pid, evidence, struck: everybody }
}

async function restartBroker(world: World): Promise<Happening> {
  const { kafka } = world.stack
  const before = kafka.pid
  await kafka.stop()
  await startAgain(kafka)
  return { happened: before !== kafka.pid, evidence: `process ${before} became ${kafka.pid}`, struck: everybody }
}

async function pauseBroker(world: World, choice: Choice): Promise<Happening> {
  const pausedMs = choice.between(2_000, 9_000)
  const { kafka } = world.stack
  const answered = () =>
    [...world.proxies.kafka.counts].reduce((sum, [key, count]) => {
      return key.startsWith('response') ? sum + count : sum
    }, 0)
  kafka.pause()
  await sleep(500)
  const before = answered()
  await sleep(pausedMs)
  const after = answered()
  kafka.resume()
  const evidence = `paused for ${pausedMs} ms, in which ${after - before} answers passed`
  return { happened: after === before, evidence, struck: everybody }
}

/** The broker is away when a worker starts. */
async function brokerDownAtStart(world: World, choice: Choice): Promise<Happening> {
  const { kafka } = world.stack
  const name = anyProcessor(choice)
  const [member] = world.fleet.of(name)
  await kafka.kill()
  if (member) world.fleet.kill(member)
  const downMs = choice.between(2_000, 6_000)
  await sleep(downMs)
  const started = world.fleet.of(name).length > 0
  await startAgain(kafka)
  return {
    happened: started,
    evidence: `${name} was started while the broker was down for ${downMs} ms`,
    struck: everybody,
  }
}

/** A broker that is killed, paused, restarted, or not there yet. */
export const brokers: readonly FaultKind[] = [
  { name: 'broker-killed', rows: [6], invariants: ['R', 'L', 'D'], weight: 3, inject: killBroker },
  { name: 'broker-restarted', rows: [6, 7], invariants: ['R', 'L', 'D'], weight: 2, inject: restartBroker },
  { name: 'broker-paused', rows: [6], invariants: ['R', 'L', 'D'], weight: 3, inject: pauseBroker },
  { name: 'broker-down-at-start', rows: [6], invariants: ['R', 'L', 'D'], weight: 2, inject: brokerDownAtStart },
]
