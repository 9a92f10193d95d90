import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { shippedSpan } from '../support/cut-bars.ts'
import { type InProcessOptions, startInProcess } from '../support/in-process-workers.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { digestsOf, processed } from '../support/topic-contents.ts'
import { watchedLog } from '../support/watched-log.ts'

const chain = ['ingest', 'engine'] as const
const span = ['2000-03-01', '2001-09-01'] as const

type Engine = Awaited<ReturnType<typeof startInProcess>>
type Commit = { readonly engine: string; readonly task: string; readonly records: number }
type Digests = Awaited<ReturnType<typeof digestsOf>>

let alone: Installation
let shared: Installation
let aloneDigest: Digests
let sharedDigest: Digests
const commits: Commit[] = []
/** Tasks by engine, when both ran. */
const tasksOfBoth: Record<string, readonly string[]> = {}

const tasksOf = ({ worker }: Engine): string[] => worker.status.tasks.map(({ id }) => id).sort()

/** Waits until every task is open in one of the engines. */
async function allTasksOpen(engines: readonly Engine[], count: number): Promise<void> {
  const deadline = performance.now() + 60_000
  const isSettled = () =>
    engines.every(({ worker }) => worker.status.tasks.length > 0 && worker.status.tasks.every(({ open }) => open)) &&
    new Set(engines.flatMap(tasksOf)).size === count &&
    engines.flatMap(tasksOf).length === count
  while (!isSettled()) {
    if (performance.now() > deadline) throw new Error(`Not settled: ${JSON.stringify(engines.map(tasksOf))}`)
    await sleep(50)
  }
}

const watching = (engine: string): InProcessOptions => ({
  watch: (log) =>
    watchedLog(log, (task, { records }) => {
      if (records.length > 0) commits.push({ engine, task, records: records.length })
    }),
})

/** Loads while a second engine joins and then the first one leaves; new sessions arrive all the time. */
async function runShared(): Promise<void> {
  const { partitions } = shared.config
  const ingest = await startInProcess(shared, 'ingest')
  const first = await startInProcess(shared, 'engine', watching('first'))
  let second: Engine | undefined
  let settled = false
  try {
    await allTasksOpen([first], partitions)
    const rebalances = async () => {
      second = await startInProcess(shared, 'engine', watching('second'))
      await allTasksOpen([first, second], partitions)
      tasksOfBoth.first = tasksOf(first)
      tasksOfBoth.second = tasksOf(second)
      await sleep(1_000)
      await first.stop()
      await allTasksOpen([second], partitions)
      await sleep(500)
      settled = true
    }
    const changes = rebalances()
    changes.catch(() => undefined)
    const paceTail = { groups: 300, intervalMs: 60 }
    await shared.load(shippedSpan(shared.dir, ...span), { paceTail })
    await changes
    await processed(shared, chain)
  } finally {
    await Promise.all([ingest.stop(), second?.stop(), settled ? undefined : first.stop()])
  }
}

async function runAlone(): Promise<void> {
  const ingest = await startInProcess(alone, 'ingest')
  const engine = await startInProcess(alone, 'engine')
  try {
    await alone.load(shippedSpan(alone.dir, ...span))
    await processed(alone, chain, engine.failure)
  } finally {
    await Promise.all([ingest.stop(), engine.stop()])
  }
}

beforeAll(async () => {
  alone = await openInstallation('rebalance-none')
  shared = await openInstallation('rebalance')
  await runAlone()
  await runShared()
  aloneDigest = await digestsOf(alone, ['indicators'])
  sharedDigest = await digestsOf(shared, ['indicators'])
}, openWithinMs + 180_000)

afterAll(async () => {
  await Promise.all([alone?.close(), shared?.close()])
})

test('each of two engines had half of the tasks, and no task was with both', () => {
  expect(tasksOfBoth.first).toHaveLength(2)
  expect(tasksOfBoth.second).toHaveLength(2)
  expect([...(tasksOfBoth.first ?? []), ...(tasksOfBoth.second ?? [])].sort()).toEqual(
    [0, 1, 2, 3].map((partition) => `engine-${partition}`),
  )
})

test('both engines wrote, and once the second has written a partition the first never does again', () => {
  expect(new Set(commits.map(({ engine }) => engine))).toEqual(new Set(['first', 'second']))
  for (const partition of [0, 1, 2, 3]) {
    const writers = commits.filter(({ task }) => task === `engine-${partition}`).map(({ engine }) => engine)
    const changes = writers.filter((engine, index) => engine !== writers[index - 1])
    expect(['first second', 'second', 'first', '']).toContain(changes.join(' '))
  }
})

test('a task that moved was written by both engines, one after the other', () => {
  const moved = [0, 1, 2, 3].filter(
    (partition) =>
      new Set(commits.filter(({ task }) => task === `engine-${partition}`).map(({ engine }) => engine)).size === 2,
  )
  expect(moved.length).toBeGreaterThan(0)
})

// The tape's own digest holds offsets of the raw topics, which differ with the pace of the load.
test('the digest of the indicators is that of one engine alone', () => {
  expect(sharedDigest).toEqual(aloneDigest)
  expect(sharedDigest.indicators?.dataRecords).toBeGreaterThan(1_000)
})
