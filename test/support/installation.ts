import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RecordCodec } from '../../avro/codec.ts'
import type { Addresses } from '../../cli/addresses.ts'
import { type Config, readConfig } from '../../cli/config.ts'
import { connectCodec, openLog } from '../../cli/connect.ts'
import { loadMarket, type Market } from '../../cli/market.ts'
import { provisionAll } from '../../cli/provision.ts'
import { type LoadOptions, type LoadResult, load } from '../../load/load.ts'
import type { Log } from '../../streams/port.ts'
import { sharedStack, stackStartMs } from './shared-stack.ts'

/** Topics, schemas and tables of one test, apart from those of the others on the same stack. */
export type Installation = {
  readonly config: Config
  readonly addresses: Addresses
  readonly log: Log
  readonly codec: RecordCodec
  readonly market: Market
  /** A directory for files and logs of the test. */
  readonly dir: string
  load(files: readonly string[], options?: Partial<LoadOptions>): Promise<LoadResult>
  close(): Promise<void>
}

/** Time for opening installations in a `beforeAll`, the start of the stack included. */
export const openWithinMs = stackStartMs + 120_000

/** Makes an installation; `name` is its topic prefix and its database, so it is unique among all tests. */
export async function openInstallation(
  name: string,
  { partitions = 4, sessionTimeoutMs = 6_000 } = {},
): Promise<Installation> {
  const addresses = await sharedStack()
  const dir = mkdtempSync(join(tmpdir(), `barline-test-${name}-`))
  const config = readConfig({
    BARLINE_DATA: dir,
    BARLINE_TOPIC_PREFIX: `${name}.`,
    BARLINE_CLICKHOUSE_DATABASE: `test_${name.replaceAll('-', '_')}`,
    BARLINE_PARTITIONS: String(partitions),
    BARLINE_SESSION_TIMEOUT_MS: String(sessionTimeoutMs),
  })
  await provisionAll(config, addresses, () => undefined)
  const log = openLog(config, addresses, `test-${name}`)
  const codec = await connectCodec(config, addresses)
  const market = loadMarket()
  return {
    config,
    addresses,
    log,
    codec,
    market,
    dir,
    load: (files, options) =>
      load(files, {
        log,
        codec,
        partitions,
        delayMs: 0,
        graceMs: market.grid.graceMs,
        calendarOf: market.calendarOf,
        ...options,
      }),
    async close() {
      await log.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
