import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { createWorkerMetrics } from '../../streams/metrics.ts'
import { type Log, partitionKey, type TopicPartition } from '../../streams/port.ts'
import { seededRandom } from '../streams/support/random.ts'
import { disturb } from './disturb.ts'
import { type FaultPlan, Faults } from './faults.ts'
import { feed } from './feed.ts'
import { Fleet } from './fleet.ts'
import type { Scenario } from './scenario.ts'
import { Scheduler } from './scheduler.ts'
import type { SimulatedWorld } from './simulated-log.ts'

/** How a history differs from the usual. */
export type HistoryOptions = {
  readonly undisturbed?: boolean
  /** What has to be written in the end, where the scenario has no model of it. */
  readonly expected?: readonly string[] | undefined
  /** What the workers see of the log: a planted defect. */
  readonly seen?: (log: Log, world: SimulatedWorld) => Log
}

/** What came of a history. */
export type History = {
  readonly problems: readonly string[]
  readonly counts: ReadonlyMap<string, number>
  readonly written: readonly string[]
  readonly steps: number
  readonly endedAtMs: number
}

const drainMs = 120_000
const extraMs = 1_000
const metrics = createWorkerMetrics('simulated')

function planOf(seed: number, undisturbed: boolean): FaultPlan {
  const random = seededRandom(seed)
  const failing = undisturbed ? 0 : random() * random() * 0.2
  return { seed, failing, latencyMs: 1 + Math.floor(random() * 12), slow: 0.03, untilMs: undisturbed ? 0 : 2_000 }
}

/** Runs one history: all of it follows from the scenario and the seed. */
export async function runHistory(
  scenario: Scenario,
  seed: number,
  { undisturbed = false, expected, seen = (log) => log }: HistoryOptions = {},
): Promise<History> {
  const { partitions, definitions } = scenario
  const scheduler = new Scheduler()
  const plan = planOf(seed, undisturbed)
  const faults = new Faults(plan, () => scheduler.now)
  const memory = new MemoryLog({ partitions, singlePartition: ['loads'] })
  const world: SimulatedWorld = { memory, scheduler, faults }
  const problems: string[] = []
  const fleet = new Fleet(world, scenario, metrics, seen, (problem) => problems.push(problem))
  const check = (when: string) =>
    problems.push(...differences(scenario, memory, positions).map((each) => `${when}: ${each}`))

  let positions: ReadonlyMap<string, number> = new Map()
  let isCaughtUp = false
  const inputs = definitions.map(({ name, inputs: topics }) => ({ name, where: allPartitions(topics, partitions) }))
  const look = async (): Promise<boolean> => {
    const taken = new Map<string, number>()
    let behind = false
    for (const { name, where } of inputs) {
      const [committed, bounds] = await Promise.all([memory.committed(name, where), memory.bounds(where)])
      for (const each of where) {
        const position = committed.get(partitionKey(each)) ?? 0
        taken.set(partitionKey(each), position)
        behind ||= committed.get(partitionKey(each)) !== bounds.get(partitionKey(each))?.end
      }
    }
    positions = taken
    return !behind
  }
  const fed = feed(world, scenario, seededRandom(seed + 1), plan.untilMs)
  const poll = () => {
    void look().then((is) => {
      check(`at ${scheduler.now} ms`)
      isCaughtUp = is && fed() && faults.isOver
    })
    if (!isCaughtUp) scheduler.after(200, poll)
  }
  scheduler.after(0, poll)
  fleet.start(faults.between(1, 3))
  if (!undisturbed) disturb(world, fleet, scenario)

  const drained = await scheduler.run(() => isCaughtUp || problems.length > 0, plan.untilMs + drainMs)
  if (!drained) problems.push(`not everything was processed ${drainMs} ms after the last fault`)
  if (problems.length === 0) {
    await scheduler.run(() => false, scheduler.now + extraMs)
    await look()
    check('at the end')
    if (expected) problems.push(...compare(scenario.written(memory), expected))
    let stopped = false
    void fleet.stop().then(() => {
      stopped = true
    })
    if (!(await scheduler.run(() => stopped, scheduler.now + drainMs))) problems.push('the workers do not stop')
  }
  return {
    problems,
    counts: faults.counts,
    written: scenario.written(memory),
    steps: scheduler.steps,
    endedAtMs: scheduler.now,
  }
}

function allPartitions(topics: readonly string[], partitions: number): TopicPartition[] {
  return topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })))
}

/** What was lost, doubled, moved or changed, seen from what the positions say was taken. */
function differences(scenario: Scenario, memory: MemoryLog, positions: ReadonlyMap<string, number>): string[] {
  if (!scenario.expected) return []
  const expected = scenario.expected((where) => {
    const end = positions.get(partitionKey(where)) ?? 0
    return memory.recordsOf(where).filter(({ offset }) => offset < end)
  })
  return compare(scenario.written(memory), expected)
}

/** The first difference of two lists and what one of them has more often, in words. */
function compare(written: readonly string[], expected: readonly string[]): string[] {
  const first = expected.findIndex((each, index) => written[index] !== each)
  if (first < 0 && written.length === expected.length) return []
  const at = first < 0 ? expected.length : first
  return [
    `${written.length} records written, ${expected.length} expected; the first difference is record ${at}: ` +
      `${written[at] ?? 'nothing'} instead of ${expected[at] ?? 'nothing'}`,
  ]
}
