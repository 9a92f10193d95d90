import { setTimeout as sleep } from 'node:timers/promises'
import { chainInputs } from '../cli/chain.ts'
import { connectCodec } from '../cli/connect.ts'
import { chainDrained } from '../cli/demo.ts'
import { countEverything } from '../cli/demo-report.ts'
import { readLags } from '../cli/drain.ts'
import { loadMarket } from '../cli/market.ts'
import { textTable } from '../cli/text-table.ts'
import { processorNames } from '../topics/topics.ts'
import { hoursOfDay } from './hourly-bars.ts'
import { type Bench, machineLine, openBench, print } from './open-bench.ts'
import { PacedFeed } from './paced-feed.ts'
import { readOptions } from './read-options.ts'
import { sampleProcess } from './sample-process.ts'
import { type Absence, printSoakReport, type Sample } from './soak-report.ts'

const options = readOptions(
  'Memory, handles and lag of the whole chain under a steady load, with ClickHouse away in the middle. Ends with 1 when a record is not in ClickHouse.',
  {
    minutes: { default: 30, help: 'how long' },
    away: { default: 5, help: 'minutes without ClickHouse, in the middle' },
    warmup: { default: 5, help: 'minutes that the slope leaves out' },
    rate: { default: 50, help: 'bars a second' },
    every: { default: 1_000, help: 'milliseconds between two groups of bars' },
    symbols: { default: 100, help: 'invented symbols, each with a bar an hour' },
    days: { default: 10, help: 'days of history before' },
    sample: { default: 10, help: 'seconds between two samples' },
  },
)
const fromMs = Date.parse('2012-03-05T00:00:00Z')
const untilMs = Date.parse('2021-03-05T00:00:00Z')

type Watched = { readonly name: string; readonly pid: number; readonly port: number }

async function takeSample({ log, config }: Bench, watched: readonly Watched[], startedAt: number): Promise<Sample> {
  const [processes, lags] = await Promise.all([
    Promise.all(watched.map(async (each) => [each.name, await sampleProcess(each)] as const)),
    readLags({ log, definitions: chainInputs(), partitions: config.partitions }),
  ])
  return {
    minute: (performance.now() - startedAt) / 60_000,
    processes: new Map(processes),
    lags: new Map(lags.map(({ processor, records }) => [processor, records])),
  }
}

async function lagOfSink({ log, config }: Bench): Promise<number> {
  const definitions = chainInputs().filter(({ name }) => name === 'sink')
  return (await readLags({ log, definitions, partitions: config.partitions }))[0]?.records ?? 0
}

/** Ends ClickHouse's process in the middle of the run and starts it again. */
async function takeClickHouseAway(bench: Bench, samples: readonly Sample[], startedAt: number): Promise<Absence> {
  const minuteNow = () => (performance.now() - startedAt) / 60_000
  await sleep(((options.minutes - options.away) / 2) * 60_000)
  const from = minuteNow()
  const usual = Math.max(
    0,
    ...samples.filter(({ minute }) => minute > from - 3).map(({ lags }) => lags.get('sink') ?? 0),
  )
  print(`[${from.toFixed(1)} min] ClickHouse is killed; the sink's usual lag is up to ${usual} records`)
  await bench.stack.clickhouse.kill()
  await sleep(options.away * 60_000)
  const mostBehind = await lagOfSink(bench)
  print(`[${minuteNow().toFixed(1)} min] ClickHouse starts again; the sink is ${mostBehind} records behind`)
  await bench.stack.clickhouse.start()
  const back = performance.now()
  const to = minuteNow()
  while ((await lagOfSink(bench)) > usual) await sleep(1_000)
  const caughtUpS = (performance.now() - back) / 1_000
  print(`[${minuteNow().toFixed(1)} min] caught up after ${caughtUpS.toFixed(0)} s`)
  return { from, to, caughtUpS, mostBehind }
}

async function audit({ config, addresses }: Bench): Promise<boolean> {
  const lines = await countEverything(config, addresses)
  const shown = lines
    .filter(({ dataRecords, rows }) => dataRecords > 0 || rows > 0)
    .map(({ topic, dataRecords, rows, duplicates }) => ({
      topic,
      records: dataRecords,
      'rows FINAL': rows,
      duplicates,
    }))
  print(`\n${textTable(shown)}`)
  return lines.every(({ dataRecords, rows, duplicates }) => dataRecords === rows && duplicates === 0)
}

/** Starts the chain. `anyEnds` rejects when one of its processes ends. */
async function startWatched(bench: Bench): Promise<{ watched: Watched[]; anyEnds: Promise<never> }> {
  const workers = await bench.startAll(processorNames)
  const watched = await Promise.all(
    workers.map(async (worker) => {
      const { port } = await worker.event('started')
      return { name: worker.name, pid: worker.pid, port: Number(port) }
    }),
  )
  const anyEnds = Promise.race(
    workers.map(({ name, ended }) =>
      ended.then((how): never => {
        throw new Error(`${name} ended (${how})`)
      }),
    ),
  )
  anyEnds.catch(() => undefined)
  return { watched, anyEnds }
}

/** Samples until the signal is aborted. */
async function takeSamples(bench: Bench, watched: readonly Watched[], samples: Sample[], signal: AbortSignal) {
  const startedAt = performance.now()
  for (let next = startedAt; !signal.aborted; next += options.sample * 1_000) {
    await sleep(Math.max(0, next - performance.now()))
    samples.push(await takeSample(bench, watched, startedAt))
    if (samples.length % 30 === 0) print(`[${samples.at(-1)?.minute.toFixed(1)} min] ${machineLine()}`)
  }
}

async function soak(bench: Bench, feed: PacedFeed, { watched, anyEnds }: Awaited<ReturnType<typeof startWatched>>) {
  const samples: Sample[] = []
  const ended = new AbortController()
  const sampled = takeSamples(bench, watched, samples, ended.signal)
  const failed = sampled.then(() => new Promise<never>(() => undefined))
  const startedAt = performance.now()
  const pace = { barsPerSecond: options.rate, tickMs: options.every }
  const load = Promise.all([feed.sendPaced(pace, options.minutes * 60), takeClickHouseAway(bench, samples, startedAt)])
  const [part, absence] = await Promise.race([load, failed, anyEnds])
  ended.abort()
  await sampled
  return { samples, part, absence }
}

async function main(): Promise<void> {
  const bench = await openBench('soak')
  try {
    const { config, addresses, log } = bench
    const workers = await startWatched(bench)
    const market = loadMarket()
    const feed = await PacedFeed.open({
      brokers: addresses.brokers,
      codec: await connectCodec(config, addresses, ['loaders']),
      partitions: config.partitions,
      calendar: market.calendarOf('S0000'),
      graceMs: market.grid.graceMs,
      symbols: options.symbols,
      fromMs,
      untilMs,
    })
    await feed.sendAtOnce(options.days * hoursOfDay)
    await chainDrained(log, config)
    print(machineLine())
    print(`history is through; ${options.rate} bars/s of ${options.symbols} symbols for ${options.minutes} minutes`)
    const { samples, part, absence } = await soak(bench, feed, workers)
    await chainDrained(log, config)
    await feed.close()
    const minutes = part.seconds / 60
    print(`\n${machineLine()}`)
    print(`${part.bars} bars in ${minutes.toFixed(1)} minutes: ${(part.bars / part.seconds).toFixed(1)} bars/s`)
    printSoakReport(samples, absence, options.warmup)
    const isWhole = await audit(bench)
    print(isWhole ? '\nevery record is in ClickHouse once' : '\nRECORDS AND ROWS DIFFER')
    process.exitCode = isWhole ? 0 : 1
  } finally {
    await bench.close()
  }
}

await main()
