import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { environmentFor } from '../../cli/addresses.ts'
import { defineProcessor } from '../../cli/chain.ts'
import { fingerprinter } from '../../cli/digest.ts'
import { startWorkerProcess, type WorkerProcess } from '../../cli/worker-processes.ts'
import { type Digest, digestTopic } from '../../streams/digest.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { copyPartition } from '../streams/support/copy-partition.ts'
import { runProcessors } from '../streams/support/run-processors.ts'
import { shippedSpan } from '../support/cut-bars.ts'
import { startInProcess } from '../support/in-process-workers.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { digestsOf, processed, readTopic } from '../support/topic-contents.ts'

type Event = Record<string, unknown>

const snapshotsOften = { BARLINE_SNAPSHOT_RECORDS: '100', BARLINE_SNAPSHOT_INTERVAL_MS: '0' }
const takeOverWithinMs = 60_000

let installation: Installation
let stopped: WorkerProcess
let killed: WorkerProcess
let endOfKilled: number | NodeJS.Signals
let firstTakeover: Event
let fencing: Event
let secondTakeover: Event
let written: Pick<Digest, 'sha256' | 'dataRecords'> | undefined

function startBreadth(log: string): WorkerProcess {
  const { config, addresses, dir } = installation
  const env = { ...environmentFor(config, addresses), ...snapshotsOften }
  return startWorkerProcess('breadth', { env, logDir: join(dir, log) })
}

/** The first event of this name after `seen` of them. */
async function next(worker: WorkerProcess, name: string, seen: number): Promise<Event> {
  const deadline = performance.now() + takeOverWithinMs
  for (;;) {
    const event = worker.events(name)[seen]
    if (event) return event
    if (performance.now() > deadline) throw new Error(`No ${name} of ${worker.pid} within ${takeOverWithinMs} ms`)
    await sleep(50)
  }
}

/**
 * Two workers of the one task over all partitions, under a feed. Who holds it stands still beyond the session timeout, so that the other
 * takes over; it wakes as a zombie; then the new holder is killed, and the first takes over again.
 */
async function runFaults(): Promise<void> {
  stopped = startBreadth('first')
  await next(stopped, 'restored', 0)
  killed = startBreadth('second')
  await killed.event('assigned')
  await next(stopped, 'snapshot', 1)
  stopped.kill('SIGSTOP')
  firstTakeover = await next(killed, 'restored', 0)
  await next(killed, 'snapshot', 0)
  stopped.kill('SIGCONT')
  fencing = await next(stopped, 'task-failed', 0)
  const before = stopped.events('restored').length
  killed.kill('SIGKILL')
  endOfKilled = await killed.ended
  secondTakeover = await next(stopped, 'restored', before)
}

beforeAll(async () => {
  installation = await openInstallation('standby')
  const { config } = installation
  const others = await Promise.all([startInProcess(installation, 'ingest'), startInProcess(installation, 'engine')])
  let isOver = false
  try {
    const faults = runFaults().finally(() => {
      isOver = true
    })
    faults.catch(() => undefined)
    const span = ['2000-03-01', '2001-03-01', '2002-03-01', '2003-03-01'] as const
    // One year after the other, session by session, for as long as there are faults.
    for (let year = 1; year < span.length && !isOver; year += 1) {
      const [from = '', before = ''] = [span[year - 1], span[year]]
      await installation.load(shippedSpan(installation.dir, from, before), {
        paceTail: { groups: 200, intervalMs: 100 },
      })
    }
    await faults
    await processed(installation, ['ingest', 'engine', 'breadth'])
    written = (await digestsOf(installation, ['market-state']))['market-state']
  } finally {
    stopped?.kill('SIGCONT')
    await Promise.all([stopped?.stop(), killed?.stop(), ...others.map((worker) => worker.stop())])
  }
  expect(config.partitions).toBeGreaterThan(1)
}, openWithinMs + 240_000)

afterAll(() => installation?.close())

test('the standby takes over from a snapshot when the holder stands still', () => {
  expect(firstTakeover).toMatchObject({ task: 'breadth-all', source: 'snapshot' })
})

test('the holder is fenced when it wakes', () => {
  expect(fencing).toMatchObject({ task: 'breadth-all', code: 'FENCED' })
})

test('when the new holder is killed the first one takes over again, from a snapshot of the other', () => {
  expect(endOfKilled).toBe('SIGKILL')
  expect(secondTakeover).toMatchObject({ task: 'breadth-all', source: 'snapshot' })
  expect(Number(secondTakeover.generation)).toBeGreaterThan(Number(firstTakeover.generation))
  expect([...stopped.events('snapshot-ignored'), ...killed.events('snapshot-ignored')]).toEqual([])
})

test('the market state is that of an undisturbed run over the same indicators', async () => {
  const { config, codec, market } = installation
  const { partitions } = config
  const log = new MemoryLog({ partitions })
  const indicators = await readTopic(installation, 'indicators')
  for (const [partition, records] of indicators.entries()) {
    copyPartition(
      log,
      { topic: 'indicators', partition },
      records.map(({ raw }) => raw),
    )
  }
  const store = () => Promise.reject(new Error('There is no ClickHouse in memory'))
  const breadth = await defineProcessor('breadth', { market, store })
  await runProcessors({ log, codec, partitions, definitions: [breadth] })
  const { sha256, dataRecords } = await digestTopic(log, 'market-state', partitions, fingerprinter(codec))
  expect(written).toEqual({ sha256, dataRecords })
  expect(dataRecords).toBeGreaterThan(500)
}, 120_000)
