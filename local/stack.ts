import { accessSync, constants, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ClickHouseServer } from './clickhouse/clickhouse-server.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { DataDirUnusable } from './errors.ts'
import { KafkaBroker } from './kafka/kafka-broker.ts'
import type { ChildRegister, Part, PartSetting } from './part.ts'
import { rememberedPorts } from './ports.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { SchemaRegistryServer } from './registry/schema-registry.ts'
import { startWatchdog } from './watchdog.ts'

export type StackOptions = {
  /** Everything the stack keeps; made if absent. Deleting it resets the stack. */
  dataDir: string
  /** Stop the stack when this process gets SIGINT or SIGTERM, then let the signal take effect. Default true. */
  stopOnSignals?: boolean
  /** Called when a part ends without having been told to. */
  onUnexpectedExit?: (part: string) => void
  /** Kafka listens on a second port, whose clients it sends to this one: for a proxy that cuts connections on purpose. */
  kafkaProxyPort?: number
}

/** Kafka, the schema registry and ClickHouse, running. Each part can be stopped, started, paused and killed singly. */
export type Stack = {
  readonly dataDir: string
  readonly kafka: KafkaBroker
  readonly registry: SchemaRegistryServer
  readonly clickhouse: ClickHouseServer
  stop(): Promise<void>
}

/**
 * Starts the three servers at once, on loopback ports, and resolves when all of them answer. If one fails, the others are
 * stopped. Throws DataDirUnusable, DataDirLocked, RuntimeMissing, DownloadFailed or PartStartFailed.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = usableDataDir(options.dataDir)
  const lock = await lockDataDir(dataDir)
  const watchdog = startWatchdog()
  const running = new Map<number, ProcessIdentity>()
  const children: ChildRegister = {
    add(child) {
      watchdog.add(child.pid)
      running.set(child.pid, child)
      lock.recordChildren([...running.values()])
    },
    drop({ pid }) {
      watchdog.drop(pid)
      running.delete(pid)
      if (!stopped) lock.recordChildren([...running.values()])
    },
  }
  const setting = (log: string): PartSetting => ({
    logFile: join(dataDir, 'logs', `${log}.log`),
    children,
    onUnexpectedExit: options.onUnexpectedExit ?? (() => {}),
  })
  const ports = rememberedPorts(dataDir)
  const kafka = new KafkaBroker(join(dataDir, 'kafka'), ports, setting('kafka'), options.kafkaProxyPort)
  const registry = new SchemaRegistryServer(join(dataDir, 'registry'), ports, setting('registry'))
  const clickhouse = new ClickHouseServer(join(dataDir, 'clickhouse'), ports, setting('clickhouse'))
  const parts: Part[] = [kafka, registry, clickhouse]

  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
      await Promise.all(parts.map((part) => part.stop()))
      watchdog.close()
      lock.release()
    })()
    return stopped
  }
  const onSignal = (name: NodeJS.Signals): void => void stop().finally(() => process.kill(process.pid, name))
  if (options.stopOnSignals ?? true) process.on('SIGINT', onSignal).on('SIGTERM', onSignal)

  const starts = await Promise.allSettled(parts.map((part) => part.start()))
  const failed = starts.find((start) => start.status === 'rejected')
  if (failed) {
    await stop()
    throw failed.reason
  }
  return { dataDir, kafka, registry, clickhouse, stop }
}

/** Makes the directory, and refuses paths that one of the servers would take for something else. */
function usableDataDir(given: string): string {
  const dataDir = resolve(given)
  const odd = /[,;*?{}[\]\n]/.exec(dataDir)
  if (odd) {
    throw new DataDirUnusable(
      dataDir,
      `its path has the character ${JSON.stringify(odd[0])}, which Kafka, H2 or ClickHouse reads otherwise`,
    )
  }
  try {
    mkdirSync(join(dataDir, 'logs'), { recursive: true })
    accessSync(dataDir, constants.W_OK)
  } catch (error) {
    throw new DataDirUnusable(dataDir, error instanceof Error ? error.message : String(error), error)
  }
  return dataDir
}
