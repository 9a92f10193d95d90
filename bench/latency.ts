import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chainInputs } from '../cli/chain.ts'
import { connectCodec } from '../cli/connect.ts'
import { drained } from '../cli/drain.ts'
import { loadMarket } from '../cli/market.ts'
import { textTable } from '../cli/text-table.ts'
import { openTopicAdmin } from '../streams/kafka/open-topic-admin.ts'
import type { ProcessorName } from '../topics/topics.ts'
import { commitTable, readCommits } from './commit-rates.ts'
import { cpuSecondsOf } from './cpu-seconds.ts'
import { hoursOfDay } from './hourly-bars.ts'
import { latenciesOf, worstBySecond } from './latency-line.ts'
import { type Bench, machineLine, openBench, print } from './open-bench.ts'
import { PacedFeed } from './paced-feed.ts'
import { readOptions } from './read-options.ts'
import { RowWatcher } from './row-watcher.ts'
import { textPlot } from './text-plot.ts'

const options = readOptions(
  'Latency from a bar that is due to its committed row of features, at a pace, beside that of plain exactly-once copies on the same broker.',
  {
    rate: { default: 500, help: 'bars a second, sent as the clock says' },
    seconds: { default: 60, help: 'how long each is measured' },
    warmup: { default: 20, help: 'seconds at the same pace before' },
    symbols: {
      default: 1_000,
      help: 'symbols, each with a bar an hour: an hour of the market passes in symbols/rate seconds',
    },
    days: { default: 5, help: 'days of history before' },
    tick: { default: 10, help: 'milliseconds between two sendings of the feed' },
    hops: { default: 3, help: 'hops of the longer chain of copies; 0 for none at all' },
  },
)
const fromMs = Date.parse('2014-03-05T00:00:00Z')
const untilMs = Date.parse('2021-03-05T00:00:00Z')
const stallMs = 120_000
/** How long after the last bar the last row may come. */
const patienceMs = 60_000
const chain: readonly ProcessorName[] = ['ingest', 'engine', 'breadth', 'features']
const views = ['features.core_pack_1h', 'features.core_pack_1d'] as const
const copyHop = fileURLToPath(new URL('./copy-hop.ts', import.meta.url))
/** Bars that were due so long behind the marker before them: the barrier that their rows need has been closed. */
const settledMs = 1_000

const hopCounts = [...new Set([Math.min(1, options.hops), options.hops])].filter((hops) => hops > 0)
const pace = { barsPerSecond: options.rate, tickMs: options.tick }
const warmupBars = options.warmup * options.rate
const isMeasured = (place: number) => place >= warmupBars
const dueBehindMarkerMs = (number: number) => ((number % options.symbols) * 1_000) / options.rate

async function openFeed({ addresses, config }: Bench, topic?: string): Promise<PacedFeed> {
  const market = loadMarket()
  return PacedFeed.open({
    brokers: addresses.brokers,
    codec: await connectCodec(config, addresses, ['loaders']),
    partitions: config.partitions,
    calendar: market.calendarOf('S0000'),
    graceMs: market.grid.graceMs,
    symbols: options.symbols,
    fromMs,
    untilMs,
    ...(topic === undefined ? {} : { topic }),
  })
}

type Process = { readonly name: string; readonly pid: number }

/** Sends the paced part and waits for the rows of all its bars in `awaited`; tells also the cores that each process used. */
async function measured(bench: Bench, feed: PacedFeed, topics: readonly string[], processes: readonly Process[]) {
  const { log, config, stack } = bench
  const watcher = await RowWatcher.start(log, topics, config.partitions, (symbol, ts) => feed.indexOf(symbol, ts))
  const all = [...processes, { name: 'broker', pid: stack.kafka.pid ?? process.pid }]
  const before = all.map(({ pid }) => cpuSecondsOf(pid))
  const part = await feed.sendPaced(pace, options.warmup + options.seconds)
  const cores = all.map(({ name, pid }, index) => {
    return { name, cores: (cpuSecondsOf(pid) - (before[index] ?? 0)) / part.seconds }
  })
  const awaited = watcher.of(topics[0] ?? '')
  const deadline = performance.now() + patienceMs
  while (awaited.at.size < part.bars && performance.now() < deadline) await sleep(100)
  await watcher.stop()
  const missing = part.bars - awaited.at.size
  if (missing > 0) print(`${missing} bars have no row in ${topics[0]} after ${patienceMs / 1_000} s`)
  if (awaited.seenTwice > 0) print(`${awaited.seenTwice} rows of ${topics[0]} were seen twice`)
  print(
    `sent ${part.bars} bars at ${(part.bars / part.seconds).toFixed(1)} a second; the latest ${part.latestMs.toFixed(0)} ms behind its turn`,
  )
  return { part, watcher, cores }
}

type Measured = Awaited<ReturnType<typeof measured>>
const coresText = (cores: Measured['cores']) =>
  cores.map(({ name, cores: used }) => `${name} ${used.toFixed(2)}`).join(', ')
const coresOfWorkers = (cores: Measured['cores']) =>
  cores.reduce((sum, { name, cores: used }) => (name === 'broker' ? sum : sum + used), 0)

async function measureChain(bench: Bench): Promise<Measured> {
  const { log, config } = bench
  const workers = await bench.startAll(chain)
  const feed = await openFeed(bench)
  await feed.sendAtOnce(options.days * hoursOfDay)
  const definitions = chainInputs().filter(({ name }) => chain.includes(name))
  await drained({ log, definitions, partitions: config.partitions, stallMs })
  print(`history of ${options.days * hoursOfDay * options.symbols} bars is through; ${machineLine()}`)
  const before = await readCommits(workers)
  const result = await measured(bench, feed, views, workers)
  const rates = commitTable(before, await readCommits(workers), result.part.seconds)
  print(`\n${textTable(rates)}\n`)
  await feed.close()
  await Promise.all(workers.map((worker) => worker.stop()))
  return result
}

async function startHop(brokers: readonly string[], from: string, to: string, partitions: number) {
  const args = ['--brokers', brokers.join(','), '--from', from, '--to', to, '--partitions', String(partitions)]
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', copyHop, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  if (child.stdout) await once(child.stdout, 'data')
  return child
}

async function measureCopies(bench: Bench, hops: number): Promise<Measured> {
  const { addresses, config } = bench
  const topics = Array.from({ length: hops + 1 }, (_, hop) => `bench-copy-${hops}-${hop}`)
  const admin = await openTopicAdmin(addresses)
  const settings = { 'retention.ms': '-1', 'segment.ms': '9223372036854775807' }
  const { partitions } = config
  await admin.create(topics.map((name) => ({ name, partitions, replicationFactor: 1, settings })))
  await admin.close()
  const children: ChildProcess[] = []
  const feed = await openFeed(bench, topics[0])
  try {
    for (const [hop, to] of topics.slice(1).entries()) {
      children.push(await startHop(addresses.brokers, topics[hop] ?? '', to, config.partitions))
    }
    const processes = children.map(({ pid }, hop) => ({ name: `hop ${hop + 1}`, pid: pid ?? process.pid }))
    return await measured(bench, feed, topics.slice(-1), processes)
  } finally {
    await feed.close()
    for (const child of children) child.stdin?.end()
    await Promise.all(children.map((child) => (child.exitCode === null ? once(child, 'exit') : undefined)))
  }
}

async function main(): Promise<void> {
  const bench = await openBench('latency')
  try {
    const ofChain = await measureChain(bench)
    const copies: Measured[] = []
    for (const hops of hopCounts) copies.push(await measureCopies(bench, hops))
    const [hourly, daily] = views
    const { part, watcher, cores } = ofChain
    const isSettled = (place: number) => isMeasured(place) && dueBehindMarkerMs(part.first + place) >= settledMs
    const line = (
      what: string,
      { part: sent, watcher: seen, cores: used }: Measured,
      topic: string,
      choice = isMeasured,
    ) => ({
      what,
      ...latenciesOf(sent, seen.of(topic), choice),
      'cores, workers': coresOfWorkers(used).toFixed(2),
    })
    const copied = copies.map((each, index) => {
      const hops = hopCounts[index]
      return line(`plain copy, hops: ${hops}`, each, `bench-copy-${hops}-${hops}`)
    })
    const lines = [
      line('chain, row of the hour', ofChain, hourly),
      line(`  due ${settledMs} ms or more behind a marker`, ofChain, hourly, isSettled),
      line('chain, row of the day', ofChain, daily),
      ...copied,
    ]
    print(`\n${machineLine()}`)
    print(
      `${options.rate} bars/s for ${options.seconds} s behind ${options.warmup} s of the same; ms from due to readable\n`,
    )
    print(textTable(lines))
    print(`\nlongest latency of each second of the chain, warm-up included`)
    print(textPlot([{ letter: '*', points: worstBySecond(part, watcher.of(hourly)) }]))
    const [first] = lines
    for (const other of copied) {
      if (first)
        print(
          `chain / ${other.what}: p50 ${(first.p50 / other.p50).toFixed(1)}, p99 ${(first.p99 / other.p99).toFixed(1)}`,
        )
    }
    print(`\ncores used: chain ${coresText(cores)}`)
    for (const [index, each] of copies.entries()) print(`cores used: ${copied[index]?.what} ${coresText(each.cores)}`)
    print(`the watcher saw ${watcher.of(hourly).seenTwice + watcher.of(daily).seenTwice} rows of features twice`)
  } finally {
    await bench.close()
  }
}

await main()
