import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { runBackfill } from '../../cli/backfill/command.ts'
import { chainInputs } from '../../cli/chain.ts'
import type { Config } from '../../cli/config.ts'
import { connectClickHouse } from '../../cli/connect-store.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { partitionOfKey } from '../../streams/kafka/partitioner.ts'
import { type ProcessorName, processorNames, tableName } from '../../topics/topics.ts'
import {
  type Files,
  lateDay,
  ofTheCrossSection,
  rawBarOf,
  revisedDay,
  symbol,
  writeFiles,
} from '../cli/backfill/revised-history.ts'
import { withWorkers } from '../support/in-process-workers.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { digestsOf, processed, readPartition } from '../support/topic-contents.ts'

const testMs = 180_000
const rebuilt = ['tape', 'indicators', 'features.core_pack_1d', 'scores.raw']
const all = processorNames.map((name) => [name] as const)
const correctedTs = `${revisedDay} 20:00:00`

let revised: Installation
let clean: Installation
let config: Config
let client: ClickHouse
let files: Files
let runId: string
let before: unknown
let after: unknown
const printed: string[] = []

/** The bars that the feed sends too late and anew, straight onto the raw topic. */
async function sendCorrections(): Promise<void> {
  const { log, codec } = revised
  const partition = partitionOfKey(symbol, revised.config.partitions)
  const writer = await log.writer('feed')
  await writer.fence()
  await writer.commit({
    records: [files.revisedLine, files.lateLine].map((line) => ({
      topic: 'market.bars',
      partition,
      key: Buffer.from(symbol),
      value: codec.encode('market.bars', 'barline.market.Bar', rawBarOf(files, line, Date.UTC(2000, 6, 10))),
      timestamp: 0,
      headers: {},
    })),
  })
  await writer.close()
}

/** What is on the topics of the chain, and where its groups stand on them. */
async function liveState(): Promise<unknown> {
  const { log } = revised
  const positions = await Promise.all(
    chainInputs().flatMap(({ name, inputs }) =>
      inputs
        .filter((topic) => topic !== 'runs')
        .map(async (topic) => {
          const every = Array.from({ length: revised.config.partitions }, (_, partition) => ({ topic, partition }))
          return [name, [...(await log.committed(name, every))].sort()]
        }),
    ),
  )
  return [await digestsOf(revised, [...rebuilt, 'market-state', 'scores', 'dead-letters.ingest']), positions]
}

const rows = (sql: string) => client.rows<Record<string, unknown>>(sql)
const closes = async (from: string, where = '1') =>
  (
    await rows(
      `SELECT close FROM ${config.clickhouse.database}.${from} WHERE symbol = '${symbol}' AND ts = '${correctedTs}' AND ${where}`,
    )
  ).map(({ close }) => close)

beforeAll(async () => {
  revised = await openInstallation('backfill', { partitions: 2 })
  clean = await openInstallation('backfill-clean', { partitions: 2 })
  const { addresses } = revised
  const { brokers, registryUrl, clickhouseUrl } = addresses
  config = {
    ...revised.config,
    brokers,
    registryUrl,
    clickhouse: { ...revised.config.clickhouse, url: clickhouseUrl },
  }
  client = connectClickHouse(config, addresses)
  files = writeFiles(revised.dir)
  const names = processorNames as readonly ProcessorName[]
  await withWorkers(clean, all, async (_, failure) => {
    await clean.load(files.right)
    await processed(clean, names, failure)
  })
  await withWorkers(revised, all, async (_, failure) => {
    await revised.load(files.wrong)
    await processed(revised, names, failure)
    await sendCorrections()
    await processed(revised, names, failure)
    before = await liveState()
    expect(await runBackfill(config, { symbol }, (line) => printed.push(line))).toBe(0)
    await processed(revised, names, failure)
    after = await liveState()
  })
  runId = /run_id (backfill-[0-9a-f]+)/.exec(printed.join('\n'))?.[1] ?? ''
}, openWithinMs + 240_000)

afterAll(async () => {
  await client?.close()
  await Promise.all([revised?.close(), clean?.close()])
})

test('the bars that came late and revised are dead letters of ingest', async () => {
  const partition = partitionOfKey(symbol, revised.config.partitions)
  const letters = await readPartition(revised, 'dead-letters.ingest', partition)
  const reasons = letters.flatMap(({ input }) =>
    input?.kind === 'data' && String(input.value.key) === symbol ? [input.value.reason] : [],
  )
  expect(reasons).toEqual(['REVISION', 'LATE'])
})

test('a backfill says what it corrected and how the rows differ', () => {
  const text = printed.join('\n')
  expect(text).toContain('1 bar replaced and 1 added')
  expect(text).toMatch(/close 121\.5 +close 117\.87/)
  expect(text).toContain(lateDay)
  expect(text).toContain('not adopted')
})

test('it leaves the topics of the chain and the positions of its groups as they were', () => {
  expect(after).toEqual(before)
})

test.each(rebuilt)(
  'its rows in the table of %s are those of a chain that was given the right bars at first',
  async (topic) => {
    const table = topic === 'tape' ? 'tape_bars' : tableName(topic)
    const own = ['run_id', '_topic', '_epoch', '_partition', '_offset', 'known_at']
    const others =
      {
        tape: ['raw_known_at', 'source_offset'],
        'features.core_pack_1d': ofTheCrossSection,
        'scores.raw': ['score_id'],
      }[topic] ?? []
    const select = (database: string, where: string) =>
      `SELECT * EXCEPT (${[...own, ...others].join(', ')}) FROM ${database}.${table} FINAL ` +
      `WHERE symbol = '${symbol}' AND ts >= '${correctedTs}' AND ${where}`
    const ofRun = select(config.clickhouse.database, `run_id = '${runId}'`)
    const ofClean = select(clean.config.clickhouse.database, '1')
    const count = async (sql: string) => Number((await rows(`SELECT count() AS n FROM (${sql})`))[0]?.n)
    expect(await count(ofRun)).toBeGreaterThan(50)
    expect(await count(ofRun)).toBe(await count(ofClean))
    expect(await count(`${ofRun} EXCEPT ${ofClean}`)).toBe(0)
    expect(await count(`${ofClean} EXCEPT ${ofRun}`)).toBe(0)
  },
  testMs,
)

test(
  'the views go on with the live rows until the run is adopted, and as of an earlier time after it',
  async () => {
    expect(await closes('tape_bars_latest')).toEqual([121.5])
    expect(await closes('indicators_latest', "timeframe = '1d'")).toEqual([121.5])
    const lines: string[] = []
    expect(await runBackfill(config, { symbol, adopt: true }, (line) => lines.push(line))).toBe(0)
    expect(lines.join('\n')).toContain(`0 rows written, on topics *.${runId}`)
    expect(await closes('tape_bars_latest')).toEqual([117.87])
    expect(await closes('indicators_latest', "timeframe = '1d'")).toEqual([117.87])
    expect(await closes("tape_bars_asof(as_of = '2000-06-01 00:00:00')")).toEqual([121.5])
    expect(await closes("tape_bars_asof(as_of = '2001-01-01 00:00:00')")).toEqual([117.87])
  },
  testMs,
)

test('a symbol that the tape does not know is refused', async () => {
  await expect(runBackfill(config, { symbol: 'NOPE' }, () => undefined)).rejects.toMatchObject({
    code: 'BACKFILL_REFUSED',
    message: expect.stringContaining('Nothing is known of NOPE'),
  })
})
