import { openTopicAdmin } from '../../../streams/kafka/open-topic-admin.ts'
import { provision } from '../../../topics/provisioning.ts'
import type { LoadStep } from '../load/plan.ts'
import type { World } from '../world.ts'
import { caughtUp, deathOf, lastWordsOf, loadSteps, positionOf, withAdmin } from './chain-bench.ts'
import type { Scenario, ScenarioResult } from './scenario.ts'

const topic = 'tape'

/** The tape is filled, the engine has read it and rests. */
async function engineAtRest(world: World, steps: readonly LoadStep[]): Promise<void> {
  const { fleet } = world
  fleet.start('ingest')
  const engine = fleet.start('engine')
  await loadSteps(world, steps.slice(0, 2))
  await caughtUp(world, ['ingest', 'engine'])
  await fleet.retire(engine)
}

async function retentionPassed(world: World, steps: readonly LoadStep[]): Promise<ScenarioResult> {
  await engineAtRest(world, steps)
  await loadSteps(world, steps.slice(2, 6))
  await caughtUp(world, ['ingest'])
  const before = await positionOf(world, 'engine', topic, 0)
  await withAdmin(world, async (admin) => {
    const offsets = await admin.fetchTopicOffsets(topic)
    const partitions = offsets.map(({ partition, high }) => ({ partition, offset: high }))
    await admin.deleteTopicRecords({ topic, partitions })
  })
  const { how, words } = await lastWordsOf(world, 'engine')
  const after = await positionOf(world, 'engine', topic, 0)
  const passed = how === 1 && words.includes('cannot be read at offset') && before === after
  return { passed, evidence: `ended (${how}): ${words}; its position was ${before} and is ${after}` }
}

async function topicRecreated(world: World, steps: readonly LoadStep[]): Promise<ScenarioResult> {
  await engineAtRest(world, steps)
  const [ingest] = world.fleet.of('ingest')
  if (ingest) await world.fleet.retire(ingest)
  await withAdmin(world, (admin) => admin.deleteTopics({ topics: [topic] }))
  const admin = await openTopicAdmin({ brokers: world.stack.kafka.brokers })
  await provision({ admin, partitions: world.config.partitions })
  await admin.close()
  const { how, words } = await lastWordsOf(world, 'engine')
  const passed = how === 1 && /made anew|no longer|without a committed|StateLost/.test(words)
  return { passed, evidence: `ended (${how}): ${words}` }
}

async function partitionsIncreased(world: World, steps: readonly LoadStep[]): Promise<ScenarioResult> {
  await engineAtRest(world, steps)
  const count = world.config.partitions + 1
  await withAdmin(world, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }))
  const { how, words } = await lastWordsOf(world, 'engine')
  return { passed: how === 1 && words.includes('partitions were added'), evidence: `ended (${how}): ${words}` }
}

async function partitionsIncreasedBelow(world: World, steps: readonly LoadStep[]): Promise<ScenarioResult> {
  await engineAtRest(world, steps)
  const running = world.fleet.start('engine')
  running.retired = true
  await running.process.event('assigned')
  const count = world.config.partitions + 1
  await withAdmin(world, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }))
  // A second member makes the group look again at once; alone it looks every few minutes.
  const second = world.fleet.start('engine')
  second.retired = true
  const deaths = await Promise.all([deathOf(running), deathOf(second)])
  const passed = deaths.some(({ how, words }) => how === 1 && words.includes('partitions were added'))
  return { passed, evidence: deaths.map(({ how, words }) => `ended (${how}): ${words}`).join(' and ') }
}

/** Faults that no runtime can undo: they have to be named, and nothing may be passed over. */
export const loudErrors: readonly Scenario[] = [
  {
    name: 'retention-passed',
    rows: [15],
    expects: 'the worker stops with DATA_LOSS, and its position stays where it was',
    run: retentionPassed,
  },
  {
    name: 'topic-recreated',
    rows: [16],
    expects: 'the worker stops with an error that names the topic, and reads nothing of the new one',
    run: topicRecreated,
  },
  {
    name: 'partitions-increased',
    rows: [17],
    expects: 'a worker that starts stops with PARTITION_COUNT',
    run: partitionsIncreased,
  },
  {
    name: 'partitions-increased-below-a-worker',
    rows: [17],
    expects: 'of a group that runs, the member that is given the new partition stops with PARTITION_COUNT',
    run: partitionsIncreasedBelow,
  },
]
