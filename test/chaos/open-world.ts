import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { environmentFor } from '../../cli/addresses.ts'
import { readConfig } from '../../cli/config.ts'
import { connectCodec, openLog } from '../../cli/connect.ts'
import { provisionAll } from '../../cli/provision.ts'
import { type Stack, startStack } from '../../local/stack.ts'
import { Fleet } from './fleet/fleet.ts'
import { httpSplitter } from './proxy/http-splitter.ts'
import { kafkaSplitter } from './proxy/kafka-splitter.ts'
import { TcpProxy } from './proxy/tcp-proxy.ts'
import { patiently } from './recovery.ts'
import type { World } from './world.ts'

/** How a world is made. */
export type WorldOptions = {
  readonly dir: string
  readonly partitions: number
  readonly sessionTimeoutMs: number
  readonly blockMs: number
  readonly say: World['say']
}

/** A world with its end. */
export type OpenWorld = World & { close(): Promise<void> }

const provisionedWithinMs = 300_000
const preload = pathToFileURL(join(import.meta.dirname, 'preload', 'worker-faults.mjs')).href
const portOf = (url: string): number => Number(new URL(url).port)

/** Starts a stack of its own, proxies before it, and the topics, schemas and tables; the fleet has no workers yet. */
export async function openWorld({ dir, partitions, sessionTimeoutMs, blockMs, say }: WorldOptions): Promise<OpenWorld> {
  let stack: Stack | undefined
  const running = (): Stack => {
    if (!stack) throw new Error('The stack does not run yet')
    return stack
  }
  const proxies = {
    kafka: await TcpProxy.open({ port: () => running().kafka.proxiedPort, splitter: kafkaSplitter }),
    registry: await TcpProxy.open({ port: () => portOf(running().registry.url), splitter: httpSplitter }),
    clickhouse: await TcpProxy.open({ port: () => portOf(running().clickhouse.url), splitter: httpSplitter }),
  }
  stack = await startStack({ dataDir: join(dir, 'stack'), stopOnSignals: false, kafkaProxyPort: proxies.kafka.port })
  const { kafka, registry, clickhouse } = stack
  const config = readConfig({
    BARLINE_DATA: dir,
    BARLINE_PARTITIONS: String(partitions),
    BARLINE_SESSION_TIMEOUT_MS: String(sessionTimeoutMs),
  })
  const direct = { brokers: kafka.brokers, registryUrl: registry.url, clickhouseUrl: clickhouse.url }
  const deadline = performance.now() + provisionedWithinMs
  await patiently(() => provisionAll(config, direct, (line) => say('provisioned', { line })), deadline)
  const log = openLog(config, direct, 'chaos')
  const codec = await patiently(() => connectCodec(config, direct), deadline)
  const through = {
    brokers: [`127.0.0.1:${proxies.kafka.port}`],
    registryUrl: registry.url.replace(`:${portOf(registry.url)}`, `:${proxies.registry.port}`),
    clickhouseUrl: `http://127.0.0.1:${proxies.clickhouse.port}`,
  }
  const env = {
    ...environmentFor(config, through),
    // Many snapshots, so that faults meet them while they are written, and restarts go on from them.
    BARLINE_SNAPSHOT_RECORDS: '200',
    BARLINE_SNAPSHOT_INTERVAL_MS: '2000',
    NODE_OPTIONS: `--import=${preload}`,
    CHAOS_BLOCK_MS: String(blockMs),
  }
  const fleet = new Fleet({ env, logDir: join(dir, 'workers'), say })
  return {
    stack,
    config,
    fleet,
    proxies,
    log,
    codec,
    say,
    async close() {
      for (const proxy of Object.values(proxies)) proxy.set({})
      await fleet.stop()
      await log.close()
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()))
      await stack?.stop()
    },
  }
}
