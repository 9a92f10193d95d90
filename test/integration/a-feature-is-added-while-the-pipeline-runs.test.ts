import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createOfflineCodec, type RecordCodec } from '../../avro/codec.ts'
import { fullName, loadSchemas, type RecordSchema } from '../../avro/schemas.ts'
import { contractHeaders } from '../../catalog/contract.ts'
import { projectRoot } from '../../catalog/project-root.ts'
import { resolveView } from '../../catalog/views.ts'
import { environmentFor } from '../../cli/addresses.ts'
import { connectClickHouse } from '../../cli/connect-store.ts'
import { startWorkerProcess, type WorkerProcess } from '../../cli/worker-processes.ts'
import { createFeaturesProcessor } from '../../processors/features/features.ts'
import { openFeatureService, type RunningFeatureService } from '../../serve/features/open-feature-service.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { appendFeature } from '../catalog/feature-text.ts'
import { copyPartition } from '../streams/support/copy-partition.ts'
import { runProcessors } from '../streams/support/run-processors.ts'
import { cutTable } from '../support/cut-bars.ts'
import { type InProcessWorker, startInProcess } from '../support/in-process-workers.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { installLaterRelease, type LaterRelease } from '../support/later-release.ts'
import { type Consumer, followTopic } from '../support/old-consumer.ts'
import { isData, processed, readTopic } from '../support/topic-contents.ts'

type Value = Readonly<Record<string, unknown>>

const partitions = 2
const symbols = ['AAPL', 'MSFT']
const chain = ['ingest', 'engine', 'breadth', 'features', 'sink'] as const
const before = resolveView('core_pack_1d')
const { topic } = before
const oldSchema = loadSchemas().get(before.record)
const oldFields = oldSchema?.fields.map(({ name }) => name) ?? []
const added = ['aroon_25_up_value', 'aroon_25_up_state']
/** Aroon looks back over 25 bars. */
const warmupBars = 26

/** Two rows in the next versions of their packs, and the daily view that serves these beside the old ones. */
const edits = {
  'indicator_feature_schema_v1.csv': (text: string) => {
    const source = { indicator_id: 'aroon_25', source_output: 'up', since_version: 'v2' }
    const value = { feature_id: 'aroon_25_up_value', pack: 'core_value_v2', ordinal: '169' }
    const state = { feature_id: 'aroon_25_up_state', pack: 'core_state_v2', ordinal: '25' }
    const withValue = appendFeature('rsi_14_value', { ...source, ...value }, text)
    return appendFeature('rsi_14_state', { ...source, ...state }, withValue)
  },
  'views.json': (text: string) => {
    const views = JSON.parse(text) as { readonly id: string; readonly packs: readonly string[] }[]
    const grown = views.map((view) =>
      view.id === before.id ? { ...view, packs: [...view.packs, 'core_value_v2', 'core_state_v2'] } : view,
    )
    return JSON.stringify(grown)
  },
}

let installation: Installation
let client: ClickHouse
let later: LaterRelease
let consumer: Consumer
let service: RunningFeatureService
let newFeatures: WorkerProcess | undefined
const running: InProcessWorker[] = []
/** Bytes of what the table and its view hold of the old features, before anything changes and at the end. */
const digests: Record<'before' | 'after', { readonly table: string; readonly view: string; readonly rows: number }[]> =
  {
    before: [],
    after: [],
  }
let filled: string

function barsOf(from: string, until: string): string[] {
  const data = join(projectRoot(), 'data')
  const cut = (source: string, name: string, of: readonly string[]) =>
    cutTable(join(data, source), installation.dir, `${name}_${from}.csv`, { from, before: until, symbols: of })
  return [cut('us-equity_1d.csv.gz', 'shares', symbols), cut('us-index_1d.csv.gz', 'indices', ['SPX'])]
}

const tableOf = (suffix = '') => `${installation.config.clickhouse.database}.features_${before.id}${suffix}`

async function hashOf(sql: string): Promise<string> {
  return createHash('sha256')
    .update(await buffer(await client.stream(`${sql} FORMAT RowBinary`)))
    .digest('hex')
}

/** What is there of the rows that were stored before the release, in the columns of before. */
async function digestOfOld(lastTs: number) {
  const old = `ts <= fromUnixTimestamp64Milli(${lastTs}, 'UTC')`
  const features = ['symbol', 'ts', ...before.features.map(({ id }) => id)]
  const stored = [...oldFields, 'run_id', '_topic', '_epoch', '_partition', '_offset', '_key']
  const names = (columns: readonly string[]) => columns.map((column) => `\`${column}\``).join(', ')
  const [count] = await client.rows<{ rows: number }>(`SELECT count() AS rows FROM ${tableOf('_latest')} WHERE ${old}`)
  return {
    table: await hashOf(
      `SELECT ${names(stored)} FROM ${tableOf()} FINAL WHERE ${old} AND run_id = 'live' ORDER BY _partition, _offset`,
    ),
    view: await hashOf(`SELECT ${names(features)} FROM ${tableOf('_latest')} WHERE ${old} ORDER BY symbol, ts`),
    rows: count?.rows ?? 0,
  }
}

const lastOfHistory = Date.UTC(2001, 4, 10)

/** The next release comes, while bars do. */
async function release(failure: Promise<never>): Promise<void> {
  const { config, addresses, dir } = installation
  const loading = installation.load(barsOf('2001-05-10', '2001-05-25'), { paceTail: { groups: 12, intervalMs: 150 } })
  loading.catch(() => undefined)
  await later.run('topics', 'provision')
  const at = running.findIndex(({ worker }) => worker.status.processor === 'features')
  await running.splice(at, 1)[0]?.stop()
  newFeatures = startWorkerProcess('features', {
    env: environmentFor(config, addresses),
    logDir: join(dir, 'logs'),
    command: later.command,
  })
  await newFeatures.event('assigned')
  await loading
  await installation.load(barsOf('2001-05-25', '2001-06-15'))
  await processed(installation, chain, failure)
}

beforeAll(async () => {
  installation = await openInstallation('evolve', { partitions })
  const { config, addresses, log, codec } = installation
  client = connectClickHouse(config, addresses)
  later = await installLaterRelease(installation, edits)
  for (const name of chain) running.push(await startInProcess(installation, name))
  const failure = Promise.race(running.map((each) => each.failure))
  failure.catch(() => undefined)
  consumer = await followTopic(installation, topic)
  await installation.load(barsOf('2001-03-01', '2001-05-10'))
  await processed(installation, chain, failure)
  const { database } = config.clickhouse
  service = await openFeatureService({ log, codec, clickhouse: client, database, partitions })
  digests.before.push(await digestOfOld(lastOfHistory))
  await release(failure)
  digests.before.push(await digestOfOld(lastOfHistory))
  filled = await later.run('backfill', '--features', added.join(','), '--view', before.id)
  await consumer.stop()
  digests.after.push(await digestOfOld(lastOfHistory))
}, openWithinMs + 240_000)

afterAll(async () => {
  await service?.close()
  await newFeatures?.stop()
  await Promise.all(running.map((each) => each.stop()))
  await client?.close()
  await installation?.close()
})

/** The records of the view, as the later release reads them. */
async function laterRows(): Promise<
  readonly { readonly place: string; readonly value: Value; readonly isNew: boolean }[]
> {
  const records = (await readTopic(installation, topic)).flat().filter(isData)
  const idOf = (value: Buffer | null) => value?.readInt32BE(1) ?? 0
  const known = new Map<number, RecordSchema>()
  for (const id of new Set(records.map(({ raw }) => idOf(raw.value)))) {
    const answer = await fetch(`${installation.addresses.registryUrl}/schemas/ids/${id}`)
    known.set(id, JSON.parse(((await answer.json()) as { schema: string }).schema) as RecordSchema)
  }
  const codec = createOfflineCodec({ schemas: later.schemas(), firstId: 100_000, known })
  return records.map(({ where, raw }) => {
    const decoded = codec.decode(topic, raw.value)
    if (decoded.kind !== 'value') throw new Error(`${topic}: ${decoded.kind}`)
    const isNew = known.get(idOf(raw.value))?.fields.some(({ name }) => name === added[0]) ?? false
    return { place: `${where.partition}@${raw.offset}`, value: decoded.value, isNew }
  })
}

const oldOf = (value: Value): Value => Object.fromEntries(oldFields.map((name) => [name, value[name]]))
const addedOf = (value: Value): readonly unknown[] => added.map((id) => value[id])

/** The rows that the later release makes of all that the stages before it have written, had it always been there. */
async function rowsFromScratch(): Promise<ReadonlyMap<string, Value>> {
  const log = new MemoryLog({ partitions })
  for (const input of ['indicators', 'market-state']) {
    for (const [partition, records] of (await readTopic(installation, input)).entries()) {
      copyPartition(
        log,
        { topic: input, partition },
        records.map(({ raw }) => raw),
      )
    }
  }
  const offline = createOfflineCodec({ schemas: later.schemas() })
  const { codec: live, market } = installation
  const codec: RecordCodec = {
    encode: (...record) => offline.encode(...record),
    decode: (id, ...bytes) => (id === topic ? offline : live).decode(id, ...bytes),
    learn: (schemaId) => live.learn(schemaId),
  }
  const views = [later.view(before.id)]
  const definition = {
    name: 'features',
    kind: 'fold',
    fanIn: false,
    inputs: ['indicators', 'market-state'],
    create: () => createFeaturesProcessor({ views, grid: market.grid }),
  } as const
  await runProcessors({ log, codec, partitions, definitions: [definition] })
  const rows = new Map<string, Value>()
  for (let partition = 0; partition < partitions; partition += 1) {
    for (const { value } of log.recordsOf({ topic, partition })) {
      const decoded = codec.decode(topic, value)
      if (decoded.kind !== 'value' || decoded.recordName !== before.record) continue
      rows.set(`${decoded.value.symbol} ${decoded.value.ts}`, decoded.value)
    }
  }
  return rows
}

describe('a consumer that was there before', () => {
  test('saw every row, without an error, with the values of the features that it knows', async () => {
    const all = await laterRows()
    expect(consumer.refused).toEqual([])
    const byPlace = (rows: readonly { readonly place: string; readonly value: Value }[]) =>
      [...rows].sort((a, b) => (a.place < b.place ? -1 : 1)).map(({ place, value }) => ({ place, value }))
    expect(byPlace(consumer.rows)).toEqual(byPlace(all.map((each) => ({ ...each, value: oldOf(each.value) }))))
    expect(all.filter(({ isNew }) => isNew).length).toBeGreaterThan(20)
    expect(all.filter(({ isNew }) => !isNew).length).toBeGreaterThan(100)
  })

  test('asks the service that was there before as ever', async () => {
    const answer = await service.getFeatures({ symbols, timeHorizon: '1d' })
    expect(answer.features).toEqual(before.features.filter(({ dtype }) => !dtype.endsWith(']')).map(({ id }) => id))
    expect(answer.symbols.map(({ status }) => status)).toEqual(['ok', 'ok'])
    const past = await service.getFeatures({ symbols, timeHorizon: '1d', asOf: lastOfHistory })
    expect(past.symbols.map(({ status }) => status)).toEqual(['ok', 'ok'])
  })
})

describe('the sink that was there before', () => {
  test('stores the new columns of the rows that have them, as they are in the log', async () => {
    const columns = added.map((id) => `toFloat64(${id})`).join(', ')
    const stored = await client.rows<{ place: string; cells: readonly (number | null)[] }>(
      `SELECT concat(toString(_partition), '@', toString(_offset)) AS place, [${columns}] AS cells FROM ${tableOf()} FINAL WHERE run_id = 'live'`,
    )
    const cells = new Map(stored.map((row) => [row.place, row.cells]))
    const all = await laterRows()
    expect(cells.size).toBe(all.length)
    for (const { place, value } of all) expect([place, cells.get(place)]).toEqual([place, addedOf(value)])
    expect(all.filter(({ isNew, value }) => isNew && value[added[0] ?? ''] !== null).length).toBeGreaterThan(20)
  })
})

describe('rows of before', () => {
  test('have the same bytes in their columns, in the table and in what the views show of it', () => {
    const [quiet, released] = digests.before
    expect(quiet?.rows).toBeGreaterThan(100)
    expect(released).toEqual(quiet)
    expect(digests.after).toEqual([quiet])
  })

  test('have the new features after the backfill, equal to those of a run from scratch', async () => {
    expect(filled).toContain('every other feature is as it was')
    const rows = await client.rows<{
      symbol: string
      at: number
      aroon: number | null
      state: number | null
      label: string | null
    }>(
      `SELECT toString(symbol) AS symbol, toUnixTimestamp64Milli(ts) AS at, toFloat64(aroon_25_up_value) AS aroon, aroon_25_up_state AS state,
       aroon_25_up_state_label AS label FROM ${tableOf('_latest')} ORDER BY symbol, ts`,
    )
    const scratch = await rowsFromScratch()
    expect(rows.length).toBe(scratch.size)
    for (const { symbol, at, aroon, state } of rows) {
      expect([symbol, at, aroon, state]).toEqual([symbol, at, ...addedOf(scratch.get(`${symbol} ${at}`) ?? {})])
    }
    for (const symbol of symbols) {
      const own = rows.filter((row) => row.symbol === symbol)
      expect(
        own.slice(warmupBars).every(({ aroon, state, label }) => aroon !== null && state !== null && label !== null),
      ).toBe(true)
      expect(own.slice(0, warmupBars - 1).every(({ aroon }) => aroon === null)).toBe(true)
    }
  })
})

describe('both versions of a pack', () => {
  test('are served side by side, each under its contract', async () => {
    const headers = (await readTopic(installation, topic))
      .flat()
      .flatMap(({ input }) => (input?.kind === 'data' ? [input.headers] : []))
    const contracts = contractHeaders(later.view(before.id))
    expect(headers.at(-1)).toMatchObject(contracts)
    expect(headers[0]).toMatchObject(contractHeaders(before))
    expect(Object.keys(contracts)).toEqual(expect.arrayContaining(['contract.core_value_v1', 'contract.core_value_v2']))
    expect(fullName(later.schemas().get(before.record) as RecordSchema)).toBe(before.record)
    const first = await service.getFeatures({ symbols: ['AAPL'], packId: 'core_value_v1', timeHorizon: '1d' })
    const printed = await later.run(
      ...['features', 'get', 'AAPL', '--pack', 'core_value_v2', '--timeframe', '1d', '--json'],
    )
    const second = JSON.parse(printed) as typeof first
    const [old, grown] = [first, second].map(({ symbols: [only] }) => (only?.status === 'ok' ? only.row : undefined))
    expect(second.features).toEqual([...first.features, 'aroon_25_up_value'])
    expect(grown?.values.slice(0, -1)).toEqual(old?.values)
    expect(grown?.values.at(-1)).toEqual(expect.any(Number))
  }, 60_000)
})
