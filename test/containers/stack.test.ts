import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Addresses } from '../../cli/addresses.ts'
import { type Config, readConfig } from '../../cli/config.ts'
import { openLog } from '../../cli/connect.ts'
import { connectClickHouse } from '../../cli/connect-store.ts'
import { chainDrained, startChain, stopChain } from '../../cli/demo.ts'
import { countEverything, type TopicLine } from '../../cli/demo-report.ts'
import { loadFiles } from '../../cli/load.ts'
import { provisionAll } from '../../cli/provision.ts'
import type { WorkerProcess } from '../../cli/worker-processes.ts'
import { shippedSpan } from '../support/cut-bars.ts'
import { reasonNotToRun } from './engine.ts'
import { type ContainerStack, images, startContainers } from './start-containers.ts'

const minutes = 60_000
const reason = await reasonNotToRun(Object.values(images))
if (reason) process.stderr.write(`test/containers: skipped: ${reason}\n`)

const suite = reason ? describe.skip : describe

suite(`The chain on containers${reason ? ` (skipped: ${reason})` : ''}`, () => {
  const dir = mkdtempSync(join(tmpdir(), 'barline-containers-'))
  let stack: ContainerStack
  let config: Config
  let addresses: Addresses
  let workers: WorkerProcess[] = []
  let produced: number
  let lines: TopicLine[]

  beforeAll(async () => {
    const credentials = { username: 'barline', password: randomUUID() }
    stack = await startContainers(credentials)
    addresses = stack.addresses
    config = readConfig({
      BARLINE_DATA: dir,
      BARLINE_CLICKHOUSE_USER: credentials.username,
      BARLINE_CLICKHOUSE_PASSWORD: credentials.password,
      BARLINE_PARTITIONS: '2',
    })
    await provisionAll(config, addresses, () => undefined)
    workers = await startChain(config, addresses, join(dir, 'logs'))
    const files = shippedSpan(dir, '2004-06-01', '2005-06-01')
    produced = (await loadFiles(files, config, addresses, { delayMs: 0 })).produced
    const log = openLog(config, addresses, 'barline-container-test')
    try {
      await chainDrained(log, config)
    } finally {
      await log.close()
    }
    lines = await countEverything(config, addresses)
  }, 10 * minutes)

  afterAll(async () => {
    await stopChain(workers)
    await stack?.stop()
    rmSync(dir, { recursive: true, force: true })
  }, 2 * minutes)

  const line = (topic: string): TopicLine | undefined => lines.find((each) => each.topic === topic)

  test('every stored topic has as many rows in ClickHouse as data records in the log, none of them twice', () => {
    expect(lines.map(({ topic, rows, duplicates }) => ({ topic, rows, duplicates }))).toEqual(
      lines.map(({ topic, dataRecords }) => ({ topic, rows: dataRecords, duplicates: 0 })),
    )
  })

  test('every bar and event of the files is on the raw topics', () => {
    expect((line('market.bars')?.rows ?? 0) + (line('market.events')?.rows ?? 0)).toBe(produced)
    expect(produced).toBeGreaterThan(1_000)
  })

  test('no record became a dead letter', () => {
    expect(lines.filter(({ topic, rows }) => topic.startsWith('dead-letters.') && rows > 0)).toEqual([])
  })

  test('scores arrive with a probability for every symbol that has a year of bars', async () => {
    const client = connectClickHouse(config, addresses)
    try {
      const scored = await client.rows<{ symbol: string; scores: number; least: number; most: number }>(
        `SELECT symbol, count() AS scores, min(p_up) AS least, max(p_up) AS most
         FROM ${config.clickhouse.database}.scores FINAL WHERE status = 'ok' GROUP BY symbol ORDER BY symbol`,
      )
      expect(scored.map(({ symbol }) => symbol)).toEqual(expect.arrayContaining(['AAPL', 'IBM', 'MSFT']))
      for (const { scores, least, most } of scored) {
        expect(scores).toBeGreaterThan(0)
        expect(least).toBeGreaterThan(0)
        expect(most).toBeLessThan(1)
      }
    } finally {
      await client.close()
    }
  })
})
