import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Config } from '../../cli/config.ts'
import { beginOrResume, stamp } from '../../cli/replay/begin.ts'
import { runReplayCommand } from '../../cli/replay/command.ts'
import { replayDefinitions } from '../../cli/replay/definitions.ts'
import { cutsOf, logOfReplay, type OpenReplay, openReplay, replayTables } from '../../cli/replay/open-replay.ts'
import type { ReplayRequest } from '../../cli/replay/plan.ts'
import { shapeOf } from '../../cli/replay/plan.ts'
import { replayInto } from '../../cli/replay/replay-into.ts'
import { listReplays, type Replay, writeReplay } from '../../cli/replay/replays.ts'
import { startWorkerProcesses } from '../../cli/replay/worker-processes.ts'
import { failureOf, startWorkerSet } from '../../cli/replay/worker-set.ts'
import { differencesIn, runVerify, verifyReplay } from '../../cli/verify/command.ts'
import { MARKET_STATE } from '../../processors/breadth/state-record.ts'
import { fromCut } from '../../streams/stitched-log.ts'
import { processorNames, topics } from '../../topics/topics.ts'
import { shippedSpan } from '../support/cut-bars.ts'
import { withWorkers } from '../support/in-process-workers.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { writeMixedInput } from '../support/mixed-input.ts'
import { firstHourly, sessionAt, usualDelayMs } from '../support/mixed-market.ts'
import { digestsOf, processed, readPartition } from '../support/topic-contents.ts'

const partitions = 2
const owners = new Set<string>(['engine', 'breadth', 'features', 'inference', 'blend'])
const compared = topics.flatMap(({ id, owner, records, status }) => {
  const isRow = status === 'active' && owners.has(owner) && !id.startsWith('dead-letters.')
  return isRow && records.some(({ table }) => table !== undefined) ? [id] : []
})
/** One difference, in the indicators. */
const onlyOne = compared.map((topic) => (topic === 'indicators' ? 1 : 0))
const timeoutMs = 600_000

/** The last weeks of the mixed input will do. */
const part = { withClock: false, barsFrom: sessionAt(firstHourly + 8).openMs }
const startsAt = sessionAt(firstHourly + 12)
const endsAt = sessionAt(firstHourly + 18)

let live: Installation
let liveDigests: Awaited<ReturnType<typeof digestsOf>>
let print: string[] = []
const say = (line: string) => void print.push(line)
const opened: OpenReplay[] = []

async function open(name: string): Promise<OpenReplay> {
  const replay = await openReplay(live.config, live.addresses, name)
  opened.push(replay)
  return replay
}

/** How a replay is run: by so many workers of each processor, in this process or in others. */
type Running = { readonly workers?: number; readonly batch?: number; readonly inProcesses?: boolean }

function replay(
  name: string,
  { workers = 1, batch, inProcesses = false, ...range }: Running & Partial<ReplayRequest> = {},
): Promise<Replay> {
  const request = { name, fromTs: null, toTs: null, symbols: [], hasTables: true, ...range }
  return replayInto(
    live.config,
    live.addresses,
    { request, barsPerSecond: undefined, workers, batch },
    {
      print: say,
      start: async (_, begun) => {
        if (inProcesses) {
          return startWorkerProcesses(live.config, live.addresses, { replay: begun, workers, batch })
        }
        const shape = shapeOf(begun)
        const own = await open(name)
        const store = async () => ({
          client: own.client,
          tables: replayTables(own.config, shape),
          gaps: own.config.sinkGaps,
        })
        const definitions = await replayDefinitions(shape.processors, { market: live.market, store })
        const sets = await Promise.all(
          Array.from({ length: workers }, async () =>
            startWorkerSet({
              definitions,
              partitions,
              runId: live.config.runId,
              log: logOfReplay(await open(name), begun),
              stateless: fromCut(logOfReplay(await open(name), begun), cutsOf(begun)),
              codec: own.codec,
              ...(batch === undefined ? {} : { limits: { records: batch } }),
            }),
          ),
        )
        return {
          failure: failureOf(sets.map(({ failure }) => failure)),
          stop: async () => void (await Promise.all(sets.map((set) => set.stop()))),
        }
      },
    },
  )
}

/** The settings with the servers named, as a command finds them in its environment. */
function named(): Config {
  const { brokers, registryUrl, clickhouseUrl } = live.addresses
  return { ...live.config, brokers, registryUrl, clickhouse: { ...live.config.clickhouse, url: clickhouseUrl } }
}

const verify = (run: string) => verifyReplay(live.config, live.addresses, { run }, say)

beforeAll(async () => {
  live = await openInstallation('replayed', { partitions })
  const workers = processorNames.map((name) => [name] as const)
  await withWorkers(live, workers, async (_, failure) => {
    await live.load(shippedSpan(live.dir, '2005-02-15', '2005-03-15'))
    await live.load(writeMixedInput(live.dir, 'all', part), { delayMs: usualDelayMs })
    await processed(live, processorNames, failure)
  })
  liveDigests = await digestsOf(live, compared)
}, openWithinMs + timeoutMs)

afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()))
  await live?.close()
})

describe('a replay of the whole tape', () => {
  test.each([
    { workers: 1, batch: 1_000, inProcesses: false },
    { workers: 2, batch: 100, inProcesses: true },
    { workers: 4, batch: 37, inProcesses: false },
  ])(
    'has the digests of the live topics with $workers workers and at most $batch records in a transaction',
    async ({ workers, batch, inProcesses }) => {
      await replay(`w${workers}`, { workers, batch, inProcesses, hasTables: workers === 1 })
      const { own } = await open(`w${workers}`)
      for (const topic of compared) expect(liveDigests[topic]?.dataRecords).toBeGreaterThan(50)
      expect(await digestsOf({ ...live, log: own }, compared)).toEqual(liveDigests)
    },
    timeoutMs,
  )

  test(
    'is found equal by `barline verify`, record by record and row by row',
    async () => {
      const verified = await verify('w1')
      expect(verified.topics.map(({ topic, equal }) => ({ topic, equal }))).toEqual(
        compared.map((topic) => ({ topic, equal: liveDigests[topic]?.dataRecords })),
      )
      for (const tables of [verified.liveTables, verified.replayTables]) {
        expect(tables.map(({ topic, equal }) => ({ topic, equal }))).toEqual(
          compared.map((topic) => ({ topic, equal: liveDigests[topic]?.dataRecords })),
        )
      }
      expect(differencesIn(verified)).toBe(0)
    },
    timeoutMs,
  )

  test('that is finished is not run again', async () => {
    print = []
    await replay('w1')
    expect(print[0]).toMatch(/^replay w1: finished /)
    await expect(replay('w1', { symbols: ['AAPL'] })).rejects.toMatchObject({ code: 'REPLAY_REFUSED' })
  })
})

test(
  'a replay of some symbols and a range gives their records of it, and reads the cross-section of the live run',
  async () => {
    const range = { fromTs: startsAt.closeMs, toTs: endsAt.closeMs }
    const done = await replay('some', { symbols: ['ASH', 'HALVED'], batch: 50, ...range })
    const verified = await verify('some')
    expect(differencesIn(verified)).toBe(0)
    const { topics } = verified
    expect(topics.map(({ topic }) => topic)).toEqual(compared.filter((id) => id !== MARKET_STATE && id !== 'scores'))
    const [indicators, features] = ['indicators', 'features.core_pack_1d'].map((id) =>
      topics.find(({ topic }) => topic === id),
    )
    // Seven sessions of two symbols.
    expect(features?.equal).toBe(14)
    expect(indicators?.equal).toBeGreaterThan(14 * 2)
    expect(done.from_ts).toBeLessThan(range.fromTs)
    expect(done.to_ts).toBeGreaterThan(range.toTs)
  },
  timeoutMs,
)

describe('`barline verify`', () => {
  test(
    'without a replay finds a row for every record of every stored topic',
    async () => {
      print = []
      expect(await runVerify(named(), {}, say)).toBe(0)
      expect(print.join('\n')).toMatch(/market\.bars +\d+/)
      expect(print.at(-1)).toContain('no differences')
    },
    timeoutMs,
  )

  /** A replay that is a copy of the live topics, but for one value. */
  async function plant(name: string): Promise<void> {
    const { own, ...rest } = await open(name)
    const request = { name, fromTs: null, toTs: null, symbols: [], hasTables: false }
    const begun = await beginOrResume({ own, ...rest }, live.config, live.addresses, request, say)
    const writer = await own.writer('planted')
    await writer.fence()
    for (const topic of compared) {
      for (let partition = 0; partition < partitions; partition += 1) {
        const read = await readPartition(live, topic, partition)
        const records = read.flatMap(({ raw, input }) => {
          if (input?.kind !== 'data') return []
          const { value, recordName } = input
          const isPlanted = topic === 'indicators' && value.symbol === 'OAK' && value.ts === endsAt.closeMs
          const bytes = isPlanted ? live.codec.encode(topic, recordName, { ...value, rsi_14__value: 50.5 }) : raw.value
          const headers = Object.fromEntries(raw.headers.map((header) => [header.name, header.value.toString()]))
          const [key, body] = [raw.key ?? Buffer.alloc(0), bytes ?? Buffer.alloc(0)]
          return [{ topic, partition, key, value: body, timestamp: raw.timestamp, headers }]
        })
        for (let start = 0; start < records.length; start += 500) {
          await writer.commit({ records: records.slice(start, start + 500) })
        }
      }
    }
    await writer.close()
    await writeReplay(live.log, live.codec, { ...begun, state: 'finished', ...stamp() })
  }

  test(
    'finds the one record that differs, its place and its field',
    async () => {
      await plant('planted')
      const { topics } = await verify('planted')
      expect(topics.map(({ differing }) => differing)).toEqual(onlyOne)
      expect(topics[0]?.first).toMatchObject({ topic: 'indicators', key: 'OAK', ts: endsAt.closeMs })
      expect(topics[0]?.first?.fields.map(({ field, other }) => [field, other])).toEqual([['rsi_14__value', '50.5']])
      print = []
      const command = { run: 'planted', topics: 'indicators' }
      expect(await runVerify(named(), command, say)).toBe(1)
      expect(print.join('\n')).toMatch(/first difference of indicators: partition \d, data record \d+, key OAK/)
    },
    timeoutMs,
  )

  test(
    'finds the row that is not what its record says, and the column',
    async () => {
      const { client, config } = await open('w1')
      const table = `${config.clickhouse.database}.indicators`
      await client.command(
        `INSERT INTO ${table} SELECT * REPLACE (close + 1 AS close) FROM ${table} ` +
          `WHERE symbol = 'OAK' AND ts = fromUnixTimestamp64Milli(${endsAt.closeMs}) AND timeframe = '1d'`,
      )
      const { replayTables: tables, topics } = await verify('w1')
      expect(topics.every(({ differing }) => differing === 0)).toBe(true)
      expect(tables.map(({ differing, missing }) => differing + missing)).toEqual(onlyOne)
      expect(tables[0]?.first).toMatchObject({ key: 'OAK', ts: endsAt.closeMs })
      expect(tables[0]?.first?.fields.map(({ field }) => field)).toEqual(['close'])
    },
    timeoutMs,
  )
})

test(
  'a replay is deleted with --clean, and nothing else is',
  async () => {
    const own = await open('w4')
    const command = { into: 'w4', speed: 'max', workers: '1', clean: true }
    print = []
    expect(await runReplayCommand(named(), command, say)).toBe(0)
    const left = await listReplays(live.log, live.codec)
    expect(left.map(({ name }) => name)).not.toContain('w4')
    expect(left.map(({ name }) => name)).toContain('w1')
    const databases = await own.client.rows<{ name: string }>('SELECT name FROM system.databases')
    expect(databases.map(({ name }) => name)).not.toContain(own.config.clickhouse.database)
    expect(await digestsOf(live, compared)).toEqual(liveDigests)
    await expect(verify('w4')).rejects.toMatchObject({ code: 'REPLAY_REFUSED' })
  },
  timeoutMs,
)
