import { setTimeout as sleep } from 'node:timers/promises'
import { type ProcessorName, processorNames } from '../../../topics/topics.ts'
import type { Wanted } from '../proxy/snare.ts'
import type { World } from '../world.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'
import { anyProcessor, clientOf } from './processors.ts'

const producing: readonly [ProcessorName, ...ProcessorName[]] = ['ingest', 'engine', 'breadth', 'features', 'inference']

/** Cuts a connection in the place of one message. */
function cutAt(wanted: Wanted, ofAny: (choice: Choice) => ProcessorName): FaultKind['inject'] {
  return async (world, choice) => {
    const name = ofAny(choice)
    const held = await world.proxies.kafka.catchNext({ ...wanted, client: clientOf(name) })
    const { transactionalId, api, direction } = held.frame
    held.release('cut')
    return { happened: true, evidence: `${transactionalId} lost the ${direction} of ${api}`, struck: [name] }
  }
}

const aProducer = (choice: Choice): ProcessorName => choice.of(producing)

/** Holds an answer back for a while, with the connection open. */
async function lateAnswer(world: World, choice: Choice): Promise<Happening> {
  const name = aProducer(choice)
  const api = choice.of(['Produce', 'EndTxn', 'TxnOffsetCommit'] as const)
  const held = await world.proxies.kafka.catchNext({ direction: 'response', client: clientOf(name), api })
  const lateMs = choice.between(1_000, 6_000)
  await sleep(lateMs)
  held.release('forward')
  const { transactionalId } = held.frame
  return { happened: true, evidence: `${transactionalId} heard of ${held.frame.api} ${lateMs} ms late`, struck: [name] }
}

async function sliced(world: World, choice: Choice): Promise<Happening> {
  const sliceBytes = choice.between(400, 4_000)
  world.proxies.kafka.set({ sliceBytes, latencyMs: 2 })
  await sleep(3_000)
  world.proxies.kafka.set({})
  return { happened: true, evidence: `everything came in slices of ${sliceBytes} bytes`, struck: processorNames }
}

async function slow(world: World, choice: Choice): Promise<Happening> {
  const latencyMs = choice.between(20, 120)
  world.proxies.kafka.set({ latencyMs })
  await sleep(4_000)
  world.proxies.kafka.set({})
  return { happened: true, evidence: `each message took ${latencyMs} ms more`, struck: processorNames }
}

async function limited(world: World, choice: Choice): Promise<Happening> {
  const { kafka } = world.proxies
  const before = kafka.cuts
  const limitBytes = choice.between(500, 60_000)
  kafka.set({ limitBytes })
  await sleep(2_500)
  kafka.set({})
  const evidence = `${kafka.cuts - before} connections were cut after ${limitBytes} bytes of answers`
  return { happened: kafka.cuts > before, evidence, struck: processorNames }
}

async function reset(world: World): Promise<Happening> {
  const { kafka } = world.proxies
  const before = kafka.cuts
  kafka.resetAll()
  const evidence = `${kafka.cuts - before} connections were reset`
  return { happened: kafka.cuts > before, evidence, struck: processorNames }
}

async function partitioned(world: World, choice: Choice): Promise<Happening> {
  const { kafka } = world.proxies
  const downMs = choice.between(1_000, 5_000)
  if (choice.number() < 0.5) {
    kafka.set({ down: true })
    await sleep(downMs)
  } else {
    kafka.set({ stalled: true })
    await sleep(downMs)
  }
  kafka.set({})
  return { happened: true, evidence: `no worker reached the broker for ${downMs} ms`, struck: processorNames }
}

/** What a network does to the connections of Kafka. */
export const network: readonly FaultKind[] = [
  {
    name: 'end-txn-answer-cut',
    rows: [8],
    invariants: ['L', 'D'],
    weight: 8,
    inject: cutAt({ direction: 'response', api: 'EndTxn' }, anyProcessor),
  },
  {
    name: 'end-txn-request-cut',
    rows: [8],
    invariants: ['L', 'D'],
    weight: 4,
    inject: cutAt({ direction: 'request', api: 'EndTxn' }, anyProcessor),
  },
  {
    name: 'produce-answer-cut',
    rows: [8, 9],
    invariants: ['L', 'D', 'O'],
    weight: 5,
    inject: cutAt({ direction: 'response', api: 'Produce' }, aProducer),
  },
  {
    name: 'positions-answer-cut',
    rows: [8],
    invariants: ['L', 'D'],
    weight: 4,
    inject: cutAt({ direction: 'response', api: 'TxnOffsetCommit' }, anyProcessor),
  },
  { name: 'answer-late', rows: [9], invariants: ['D', 'O'], weight: 3, inject: lateAnswer },
  { name: 'network-sliced', rows: [8], invariants: ['R', 'L', 'D'], weight: 1, inject: sliced },
  { name: 'network-slow', rows: [9], invariants: ['R', 'L', 'D'], weight: 1, inject: slow },
  { name: 'network-limited', rows: [8], invariants: ['R', 'L', 'D'], weight: 2, inject: limited },
  { name: 'network-reset', rows: [8], invariants: ['R', 'L', 'D'], weight: 2, inject: reset },
  { name: 'network-partitioned', rows: [6, 8], invariants: ['R', 'L', 'D'], weight: 2, inject: partitioned },
]
