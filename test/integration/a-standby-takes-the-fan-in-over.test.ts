import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { environmentFor } from '../../cli/addresses.ts'
import { startWorkerProcess, type WorkerProcess } from '../../cli/worker-processes.ts'
import { partitionKey } from '../../streams/port.ts'
import type { ProcessorName } from '../../topics/topics.ts'
import { waitUntil } from '../streams/support/wait-until.ts'
import { shippedSpan } from '../support/cut-bars.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { digestsOf, processed } from '../support/topic-contents.ts'

const chain: readonly ProcessorName[] = ['ingest', 'engine', 'breadth', 'features']
const digested = ['indicators', 'market-state', 'features.core_pack_1d']
/** What is loaded before the kill, behind it, while the second holder is stopped, and at the end. */
const spans = [
  ['2000-03-01', '2000-06-01'],
  ['2000-06-01', '2000-08-01'],
  ['2000-08-01', '2001-01-01'],
  ['2001-01-01', '2001-03-01'],
] as const
/** A request that was under way then is given up when its process goes on, and nobody learns what became of it. */
const requestTimeoutMs = 20_000
const builtMain = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

type Event = Readonly<Record<string, unknown>>

let quiet: Installation
let disturbed: Installation
let quietDigests: Awaited<ReturnType<typeof digestsOf>>
let disturbedDigests: Awaited<ReturnType<typeof digestsOf>>
const seen: {
  standbyBefore?: Event
  killedAt?: string
  killed?: number | NodeJS.Signals
  afterKill?: Event
  afterStop?: Event
  stoppedMs?: number
  failed?: Event | undefined
  lastOfStopped?: Event | undefined
} = {}

/** Workers of an installation, as processes. */
function workersOf({ config, addresses, dir }: Installation) {
  const started: WorkerProcess[] = []
  return {
    start(
      names: ProcessorName | readonly ProcessorName[],
      label: string,
      extra: Readonly<Record<string, string>> = {},
    ) {
      const env = { ...environmentFor(config, addresses), ...extra }
      const command = [process.execPath, builtMain]
      const worker = startWorkerProcess(names, { env, logDir: join(dir, 'logs', label), command })
      started.push(worker)
      return worker
    },
    stop: () => Promise.all(started.map((worker) => worker.stop())),
  }
}

const load = (installation: Installation, span: number, intervalMs = 0) => {
  const [from, before] = spans[span] ?? spans[0]
  const paceTail = { groups: intervalMs > 0 ? 200 : 0, intervalMs }
  return installation.load(shippedSpan(installation.dir, from, before), { paceTail })
}

/** Where the cross-section's topic ends, over all partitions. */
async function endOfMarketState({ log, config }: Installation): Promise<number> {
  const all = Array.from({ length: config.partitions }, (_, partition) => ({ topic: 'market-state', partition }))
  const bounds = await log.bounds(all)
  return all.reduce((sum, each) => sum + (bounds.get(partitionKey(each))?.end ?? 0), 0)
}

/** Resolves once the cross-section has grown by so many offsets. */
async function grownBy(installation: Installation, offsets: number): Promise<void> {
  const before = await endOfMarketState(installation)
  await waitUntil(
    'market-state to grow',
    async () => (await endOfMarketState(installation)) >= before + offsets,
    60_000,
  )
}

async function runUndisturbed(): Promise<void> {
  const workers = workersOf(quiet)
  try {
    workers.start(chain, 'all')
    for (const span of spans.keys()) await load(quiet, span)
    await processed(quiet, chain)
  } finally {
    await workers.stop()
  }
}

/** One holder is killed inside a transaction, the next one is stopped beyond its session and comes back. */
async function runDisturbed(): Promise<void> {
  const workers = workersOf(disturbed)
  try {
    workers.start(['ingest', 'engine', 'features'], 'others')
    const first = workers.start('breadth', 'first', { BARLINE_FAULT_POINT: 'after-send:3' })
    await first.event('assigned')
    const second = workers.start('breadth', 'second')
    seen.standbyBefore = await second.event('assigned')
    // One session after the other, so that there are many transactions however quick the machine is.
    await load(disturbed, 0, 20)
    seen.killedAt = await first.line('fault-point ')
    first.kill('SIGKILL')
    seen.killed = await first.ended
    await load(disturbed, 1)
    seen.afterKill = await second.event('restored')

    const third = workers.start('breadth', 'third')
    await third.event('assigned')
    const loading = load(disturbed, 2, 20)
    await grownBy(disturbed, 40)
    second.kill('SIGSTOP')
    const stoppedAt = performance.now()
    seen.afterStop = await third.event('restored')
    await loading
    second.kill('SIGCONT')
    seen.stoppedMs = performance.now() - stoppedAt
    await load(disturbed, 3)
    await processed(disturbed, chain)
    await waitUntil('the one that was stopped to stand by', () => {
      seen.lastOfStopped = second.events('assigned').at(-1)
      return JSON.stringify(seen.lastOfStopped?.partitions) === '[]'
    })
    seen.failed = second.events('task-failed')[0]
  } finally {
    await workers.stop()
  }
}

beforeAll(async () => {
  quiet = await openInstallation('standby-none')
  disturbed = await openInstallation('standby')
  await runUndisturbed()
  await runDisturbed()
  quietDigests = await digestsOf(quiet, digested)
  disturbedDigests = await digestsOf(disturbed, digested)
}, openWithinMs + 240_000)

afterAll(async () => {
  await Promise.all([quiet?.close(), disturbed?.close()])
})

test('who stands by has no partition while the holder runs', () => {
  expect(seen.standbyBefore?.partitions).toEqual([])
})

test('the holder was killed by SIGKILL when the records of a transaction were sent and not committed', () => {
  expect(seen.killedAt).toBe('fault-point standby.breadth-all after-send')
  expect(seen.killed).toBe('SIGKILL')
})

test('the standby took all partitions over from the killed one, and another one from the one that stood still', () => {
  expect(seen.afterKill).toMatchObject({ task: 'breadth-all', processor: 'breadth' })
  expect(seen.afterStop).toMatchObject({ task: 'breadth-all', processor: 'breadth' })
})

test('the one that stood still beyond its session is shut out when it comes back, and stands by from then on', () => {
  const isBrief = (seen.stoppedMs ?? 0) < requestTimeoutMs
  const codes = isBrief ? ['FENCED'] : ['FENCED', 'LOG_UNAVAILABLE']
  // Its group may tell it before it has begun another transaction of which it could be shut out.
  if (seen.failed) {
    expect(seen.failed.task).toBe('breadth-all')
    expect(codes).toContain(seen.failed.code)
  }
  expect(seen.lastOfStopped?.partitions).toEqual([])
})

test.each(digested)('%s has the bytes of the undisturbed run', (topic) => {
  expect(disturbedDigests[topic]).toEqual(quietDigests[topic])
  expect(disturbedDigests[topic]?.dataRecords).toBeGreaterThan(500)
})
