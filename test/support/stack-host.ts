import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStack } from '../../local/stack.ts'

/**
 * A process that runs the embedded stack for one Jest run, on a directory of its own. It prints the addresses as one line of
 * JSON, and when its standard input ends (Jest has ended, however that came about) it stops the stack and deletes the directory.
 */
const askedToEnd = new Promise<void>((resolve) => {
  process.stdin.resume().once('end', resolve).once('error', resolve)
  process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve())
})

// Whoever was to read the addresses may be gone by the time they are known.
process.stdout.on('error', () => undefined)

const dataDir = mkdtempSync(join(tmpdir(), 'barline-integration-'))
try {
  const stack = await startStack({ dataDir, stopOnSignals: false })
  const { kafka, registry, clickhouse } = stack
  const addresses = { brokers: kafka.brokers, registryUrl: registry.url, clickhouseUrl: clickhouse.url }
  process.stdout.write(`${JSON.stringify(addresses)}\n`)
  await askedToEnd
  await stack.stop()
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
process.exit()
