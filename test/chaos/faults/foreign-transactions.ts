import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs'
import type { World } from '../world.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'
import { anyProcessor } from './processors.ts'

const inputTopics = ['market.bars', 'market.events', 'clock', 'tape', 'indicators', 'features.core_pack_1d'] as const

let producers = 0

/** A transactional producer that is none of ours. */
async function foreignProducer(world: World): Promise<Producer> {
  producers += 1
  const kafka = new Kafka({ brokers: [...world.stack.kafka.brokers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({
    transactionalId: `foreign-${process.pid}-${producers}`,
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  return producer
}

/** Records that must never be seen: on every partition, of bytes that would each become a dead letter. */
function ghosts(world: World, text: string) {
  const { partitions } = world.config
  return Array.from({ length: partitions }, (_, partition) => ({ partition, key: 'GHOST', value: `ghost ${text}` }))
}

/** Two producers whose transactions lie across each other on an input topic, ended in the other order: both abort. */
async function interleavedAborts(world: World, choice: Choice): Promise<Happening> {
  const topic = choice.of(inputTopics)
  const [one, two] = [await foreignProducer(world), await foreignProducer(world)]
  try {
    const [first, second] = [await one.transaction(), await two.transaction()]
    for (let round = 0; round < choice.between(2, 4); round += 1) {
      await first.send({ topic, messages: ghosts(world, 'one') })
      await second.send({ topic, messages: ghosts(world, 'two') })
      await sleep(choice.between(20, 300))
    }
    await second.abort()
    await first.send({ topic, messages: ghosts(world, 'one again') })
    await first.abort()
    // A second aborted transaction of the same producer, behind others.
    const again = await two.transaction()
    await again.send({ topic, messages: ghosts(world, 'two again') })
    await again.abort()
  } finally {
    await Promise.all([one.disconnect(), two.disconnect()])
  }
  const struck = anyProcessor(choice)
  return {
    happened: true,
    evidence: `two producers aborted three transactions across each other on ${topic}`,
    struck: [struck],
  }
}

/** A foreign transaction stands open on an input topic while a worker starts, then aborts. */
async function openTransaction(world: World, choice: Choice): Promise<Happening> {
  const { fleet, log } = world
  const topic = choice.of(['market.bars', 'tape', 'indicators'] as const)
  const name = topic === 'market.bars' ? 'ingest' : topic === 'tape' ? 'engine' : 'features'
  const producer = await foreignProducer(world)
  const transaction = await producer.transaction()
  try {
    await transaction.send({ topic, messages: ghosts(world, 'open') })
    const [member] = fleet.of(name)
    if (member) fleet.kill(member)
    await sleep(choice.between(2_000, 4_000))
    const reader = await log.reader()
    const [fetched] = await reader.fetch([{ topic, partition: 0, offset: 0 }], 0)
    await reader.close()
    const held = fetched ? fetched.endOffset - fetched.stableOffset : 0
    const evidence = `${held} records of ${topic}[0] were held back while ${name} started`
    return { happened: held > 0, evidence, struck: [name] }
  } finally {
    await transaction.abort()
    await producer.disconnect()
  }
}

/** Other people's transactions on the topics that the chain reads. */
export const foreignTransactions: readonly FaultKind[] = [
  { name: 'interleaved-aborts', rows: [11], invariants: ['D', 'S'], weight: 5, inject: interleavedAborts },
  { name: 'open-transaction', rows: [12], invariants: ['S', 'R'], weight: 4, inject: openTransaction },
]
