import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Addresses, environmentFor } from '../../cli/addresses.ts'
import { childEnvironment } from '../../cli/config.ts'
import { runReplay } from '../../cli/dead-letters/replay.ts'
import type { TopicLine } from '../../cli/demo-report.ts'
import { barlineCommand, startWorkerProcess, type WorkerProcess } from '../../cli/worker-processes.ts'
import { httpSplitter } from '../chaos/proxy/http-splitter.ts'
import { TcpProxy } from '../chaos/proxy/tcp-proxy.ts'
import { shippedSpan } from '../support/cut-bars.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { countsOf, processed, readTopic } from '../support/topic-contents.ts'

const chain = ['ingest', 'sink'] as const

let installation: Installation
const proxies: Record<string, TcpProxy> = {}
const workers: WorkerProcess[] = []
let counts: ReadonlyMap<string, TopicLine>
/** What the workers said while a server was away. */
const said: Record<string, string> = {}

const portOf = (address: string): number => Number(/:(\d+)\/?$/.exec(address)?.[1])

async function proxyTo(name: string, address: string): Promise<number> {
  const proxy = await TcpProxy.open({ port: () => portOf(address), splitter: httpSplitter })
  proxy.set({ down: true })
  proxies[name] = proxy
  return proxy.port
}

/** The installation's servers, each behind a proxy that refuses connections; the broker's own address is told by the broker. */
async function behindProxies({ brokers, registryUrl, clickhouseUrl }: Addresses): Promise<Addresses> {
  return {
    brokers: [`127.0.0.1:${await proxyTo('kafka', brokers[0] ?? '')}`],
    registryUrl: registryUrl.replace(/:\d+/, `:${await proxyTo('registry', new URL(registryUrl).origin)}`),
    clickhouseUrl: `http://127.0.0.1:${await proxyTo('clickhouse', clickhouseUrl)}`,
  }
}

beforeAll(async () => {
  installation = await openInstallation('away', { partitions: 2 })
  const { config, addresses, dir } = installation
  const env = environmentFor(config, await behindProxies(addresses))
  for (const name of chain) workers.push(startWorkerProcess(name, { env, logDir: dir }))
  const [ingest, sink] = workers as [WorkerProcess, WorkerProcess]
  said.registry = await ingest.line('REGISTRY_UNAVAILABLE')
  proxies.registry?.set({})
  said.kafka = await ingest.line('kafka-error')
  proxies.kafka?.set({})
  await Promise.all([ingest.event('assigned'), sink.event('assigned')])
  await installation.load(shippedSpan(dir, '2000-03-01', '2000-05-01'))
  const failure = Promise.race(
    workers.map(({ name, ended }) => ended.then((how) => Promise.reject(new Error(`${name} ended: ${how}`)))),
  )
  failure.catch(() => undefined)
  await processed(installation, ['ingest'], failure)
  said.clickhouse = await sink.line('CLICKHOUSE_UNAVAILABLE')
  proxies.clickhouse?.set({})
  await processed(installation, chain, failure)
  counts = await countsOf(installation)
}, openWithinMs + 180_000)

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()))
  await Promise.all(Object.values(proxies).map((proxy) => proxy.close()))
  await installation?.close()
})

describe('workers that are started before the servers', () => {
  test('say what they wait for', () => {
    expect(JSON.parse(said.registry ?? '')).toMatchObject({ event: 'waiting', code: 'REGISTRY_UNAVAILABLE' })
    expect(said.kafka).toContain('kafka-error')
    expect(JSON.parse(said.clickhouse ?? '')).toMatchObject({ event: 'task-failed', code: 'CLICKHOUSE_UNAVAILABLE' })
  })

  test('go on by themselves once these answer, and lose, repeat and refuse nothing', () => {
    for (const topic of ['market.bars', 'tape']) {
      const { dataRecords = 0, rows, duplicates } = counts.get(topic) ?? {}
      expect(dataRecords).toBeGreaterThan(100)
      expect({ topic, rows, duplicates }).toEqual({ topic, rows: dataRecords, duplicates: 0 })
    }
    for (const name of chain) expect(counts.get(`dead-letters.${name}`)?.dataRecords).toBe(0)
  })
})

describe('a dead letter on a real broker', () => {
  const close = Date.UTC(2000, 5, 1, 20)
  const printed: string[] = []

  test('is listed by the command line, and replayed once with its bytes and headers', async () => {
    const { log, codec, config, addresses, market } = installation
    const where = { topic: 'market.bars', partition: 0 }
    const value = codec.encode('market.bars', 'barline.market.Bar', {
      ...{ symbol: 'AAPL', timeframe: '1d', ts_open: close - 1, ts_close: close, known_at: close, source: 'test' },
      ...{ open: 10, high: 11, low: 9, close: 10, volume: 0 },
    })
    const headers = { trace: [Buffer.from([1, 254]), Buffer.from('second')] }
    const writer = await log.writer('away-producer')
    await writer.fence()
    await writer.commit({ records: [{ ...where, key: Buffer.from('AAPL'), value, timestamp: close, headers }] })
    await writer.close()
    await processed(installation, ['ingest'])
    const [command = '', ...args] = barlineCommand()
    const listing = spawn(command, [...args, 'dead-letters', 'list', '--symbol', 'AAPL', '--json'], {
      env: childEnvironment({ ...environmentFor(config, addresses), NODE_OPTIONS: '' }),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const letters = (await text(listing.stdout))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(letters).toMatchObject([{ processor: 'ingest', reason: 'VOLUME_MISSING', key: 'AAPL' }])
    const context = {
      source: { log, codec, partitions: config.partitions },
      market: { ...market, reportsVolume: () => false },
      sink: () => {
        throw new Error('no row is to be stored')
      },
      now: Date.now(),
    }
    const before = (await readTopic(installation, 'market.bars')).flat().length
    // By its id: the running ingest still knows better than this context and refuses the record again, as a letter of its own.
    const ids = [letters[0].id]
    for (let time = 0; time < 2; time += 1) {
      await runReplay({ ids, filter: {}, yes: true }, context, (line) => printed.push(line))
    }
    const raw = (await readTopic(installation, 'market.bars')).flat()
    expect(raw).toHaveLength(before + 1)
    const again = raw.filter((record) => record.raw.headers.some(({ name }) => name === 'barline.replayed-from'))
    expect(again.map((record) => record.raw.value)).toEqual([value])
    expect(again[0]?.raw.headers.filter(({ name }) => name === 'trace').map(({ value: bytes }) => bytes)).toEqual(
      headers.trace,
    )
    expect(printed.join('\n')).toContain('stays: replayed at')
  }, 60_000)
})
