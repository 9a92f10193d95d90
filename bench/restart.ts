import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { chainInputs } from '../cli/chain.ts'
import type { Config } from '../cli/config.ts'
import { drained } from '../cli/drain.ts'
import { loadFiles } from '../cli/load.ts'
import { loadMarket } from '../cli/market.ts'
import { textTable } from '../cli/text-table.ts'
import type { WorkerProcess } from '../cli/worker-processes.ts'
import { type Log, partitionKey } from '../streams/port.ts'
import type { ProcessorName } from '../topics/topics.ts'
import { cpuSecondsOf } from './cpu-seconds.ts'
import { writeHourlyBars } from './hourly-bars.ts'
import { machineLine, openBench, print } from './open-bench.ts'

const running: readonly ProcessorName[] = ['ingest', 'engine', 'breadth', 'features']
const killed: readonly ProcessorName[] = ['engine', 'features']
/** Groups of the paced feed that pass between the snapshots and the kill: what a restart has to read again. */
const groupsBeforeKill = 3

const { values } = parseArgs({
  options: {
    symbols: { type: 'string', default: '1000' },
    days: { type: 'string', default: '12' },
    groups: { type: 'string', default: '60' },
    'interval-ms': { type: 'string', default: '4000' },
  },
})
const symbols = Number(values.symbols)
const groups = Number(values.groups)
const intervalMs = Number(values['interval-ms'])

/** Resolves once the group of a processor has committed beyond where it stood. */
async function committedAgain(log: Log, config: Config, name: ProcessorName, before: ReadonlyMap<string, number>) {
  const partitions = partitionsOf(config, name)
  for (;;) {
    const now = await log.committed(name, partitions)
    if (partitions.some((each) => (now.get(partitionKey(each)) ?? 0) > (before.get(partitionKey(each)) ?? 0))) return
    await sleep(20)
  }
}

const partitionsOf = ({ partitions }: Config, name: ProcessorName) =>
  (chainInputs().find((each) => each.name === name)?.inputs ?? [])
    .slice(0, 1)
    .flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })))

type Task = Record<string, unknown>

/** Events of a kind, the newest of each task, once all tasks of a worker have told of one. */
async function ofAllTasks(worker: WorkerProcess, event: string, count: number): Promise<Task[]> {
  for (;;) {
    const newest = new Map<unknown, Task>()
    for (const each of worker.events(event)) newest.set(each.task, each)
    if (newest.size >= count) return [...newest.values()]
    await sleep(20)
  }
}

const sum = (tasks: readonly Task[], name: string): number => tasks.reduce((all, task) => all + Number(task[name]), 0)
const most = (tasks: readonly Task[], name: string): number => Math.max(...tasks.map((task) => Number(task[name])))
const seconds = (ms: number): string => (ms / 1000).toFixed(2)

/** Kills a worker, starts another in its place, and tells how long each step took. */
async function restart(
  log: Log,
  config: Config,
  name: ProcessorName,
  worker: WorkerProcess,
  start: () => WorkerProcess,
) {
  worker.kill('SIGKILL')
  await worker.ended
  const before = await log.committed(name, partitionsOf(config, name))
  const from = performance.now()
  const next = start()
  await next.event('started')
  const started = performance.now()
  await next.event('assigned')
  const assigned = performance.now()
  const cpuBefore = cpuSecondsOf(next.pid)
  const tasks = config.partitions
  const restored = await ofAllTasks(next, 'restored', tasks)
  const allRestored = performance.now()
  const cpu = cpuSecondsOf(next.pid) - cpuBefore
  await committedAgain(log, config, name, before)
  const committed = performance.now()
  const line = {
    worker: name,
    'process up s': seconds(started - from),
    'rejoined s': seconds(assigned - started),
    'snapshot MB': (sum(restored, 'snapshotBytes') / 1e6).toFixed(1),
    'records read again': sum(restored, 'records'),
    'restored s': seconds(allRestored - assigned),
    'of it CPU s': cpu.toFixed(2),
    'first commit s': seconds(committed - assigned),
    from: [...new Set(restored.map(({ source }) => source))].join(', '),
  }
  return line
}

/**
 * A chain with the full state of many symbols on three timeframes (1h arrives; 1d and 1w are made of it) under a paced feed: engine and
 * features are killed some time after a snapshot and started again. The time until the group lets the new one in (the session
 * timeout of the dead one) is told apart.
 */
async function main(): Promise<void> {
  const bench = await openBench('restart')
  const { config, addresses, log } = bench
  try {
    const file = join(bench.dataDir, 'bars.csv')
    const fromMs = Date.parse('2021-03-05T00:00:00Z')
    const untilMs = fromMs + Number(values.days) * 86_400_000
    const closes = await writeHourlyBars(file, loadMarket().calendarOf('S0000'), { symbols, fromMs, untilMs })
    print(`${symbols} symbols, ${closes} hourly closes, the last ${groups} of them every ${intervalMs} ms`)
    const workers = running.map((name) => bench.start(name))
    const definitions = chainInputs().filter(({ name }) => running.includes(name))
    let reached: () => void = () => undefined
    const paced = new Promise<void>((resolve) => {
      reached = resolve
    })
    const onReached = async () => {
      await drained({ log, definitions, partitions: config.partitions, stallMs: 120_000 })
      reached()
    }
    const feed = loadFiles([file], config, addresses, { delayMs: 0, paceTail: { groups, intervalMs, onReached } })
    feed.catch(() => undefined)
    await Promise.race([paced, feed])
    print('the history is processed; waiting for a snapshot of every task')
    const doomed = running.flatMap((name, index) => {
      const worker = workers[index]
      return worker && killed.includes(name) ? [{ name, worker }] : []
    })
    const written = await Promise.all(
      doomed.map(({ worker }) =>
        ofAllTasks(worker, 'snapshot', config.partitions).then((tasks) => ({ worker, tasks })),
      ),
    )
    const snapshots = written.map(({ worker, tasks }) => ({
      worker: worker.name,
      MB: (sum(tasks, 'bytes') / 1e6).toFixed(1),
      pieces: sum(tasks, 'pieces'),
      'pause ms, longest of a task': most(tasks, 'pauseMs').toFixed(1),
      'written in s, longest': seconds(most(tasks, 'writtenInMs')),
    }))
    await sleep(groupsBeforeKill * intervalMs)
    const restarts = await Promise.all(
      doomed.map(({ name, worker }) => restart(log, config, name, worker, () => bench.start(name))),
    )
    print(`\n${machineLine()}`)
    print(`session timeout ${config.sessionTimeoutMs} ms: a part of "rejoined"\n`)
    print(`${textTable(snapshots)}\n`)
    print(textTable(restarts))
  } finally {
    await bench.close()
  }
}

await main()
