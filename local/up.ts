import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { StackNotRunning } from './errors.ts'
import { gone, identify, signal } from './process-identity.ts'
import { addressFile, runningStack, type StackAddresses } from './running-stack.ts'
import { type Stack, startStack } from './stack.ts'

const stopWithinMs = 60_000

/**
 * Runs a stack until SIGINT, SIGTERM or the unasked end of a part, printing addresses and events through `say`. Resolves
 * when everything is stopped: to true if it was asked to stop, to false if a part ended by itself.
 */
export async function up(dataDir: string, say: (line: string) => void): Promise<boolean> {
  let finish: (asked: boolean) => void = () => {}
  const finished = new Promise<boolean>((resolve) => {
    finish = resolve
  })
  const onSignal = (): void => finish(true)
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  const onUnexpectedExit = (part: string): void => {
    say(`${part} ended by itself; see ${join(resolve(dataDir), 'logs')}`)
    finish(false)
  }
  let stack: Stack | undefined
  try {
    say('starting Kafka, the schema registry and ClickHouse ...')
    stack = await startStack({ dataDir, stopOnSignals: false, onUnexpectedExit })
    publishAddresses(stack)
    for (const line of addressLines(stack)) say(line)
    const asked = await finished
    say('stopping ...')
    return asked
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    if (stack) {
      withdrawAddresses(stack)
      await stack.stop()
    }
  }
}

/** Stops the stack that `up` runs on this data directory and waits for its end. Throws StackNotRunning. */
export async function down(dataDir: string): Promise<void> {
  const addresses = runningStack(dataDir)
  if (!addresses || !signal(addresses.owner, 'SIGTERM')) throw new StackNotRunning(resolve(dataDir))
  if (!(await gone(addresses.owner, stopWithinMs))) signal(addresses.owner, 'SIGKILL')
}

/** Says in `<dataDir>/stack.json` where the stack answers, for other commands on this data directory. */
export function publishAddresses({ dataDir, kafka, registry, clickhouse }: Stack): void {
  const addresses: StackAddresses = {
    owner: identify(process.pid),
    kafka: { brokers: kafka.brokers },
    registry: { url: registry.url },
    clickhouse: { url: clickhouse.url },
  }
  const draft = `${addressFile(dataDir)}.draft`
  writeFileSync(draft, `${JSON.stringify(addresses, undefined, 2)}\n`)
  renameSync(draft, addressFile(dataDir))
}

/** Takes back what {@link publishAddresses} said. */
export function withdrawAddresses({ dataDir }: Stack): void {
  rmSync(addressFile(dataDir), { force: true })
}

const addressLines = ({ dataDir, kafka, registry, clickhouse }: Stack): string[] => [
  `Kafka            ${kafka.brokers.join(',')}`,
  `Schema registry  ${registry.url}`,
  `ClickHouse       ${clickhouse.url}`,
  `Data and logs    ${dataDir}`,
]
