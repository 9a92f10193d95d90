import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createOfflineCodec, type RecordCodec } from '../../../avro/codec.ts'
import { featureViewSchema } from '../../../avro/feature-view-schema.ts'
import { fullName, loadSchemas } from '../../../avro/schemas.ts'
import { projectRoot } from '../../../catalog/project-root.ts'
import { stageOneRows } from '../../../catalog/stage-one.ts'
import { type ResolvedView, resolveView } from '../../../catalog/views.ts'
import { type FillOptions, fillFeatures, symbolsOnTape } from '../../../cli/backfill/fill-features.ts'
import { defineProcessor } from '../../../cli/chain.ts'
import { loadMarket } from '../../../cli/market.ts'
import { load } from '../../../load/load.ts'
import { createEngine } from '../../../processors/engine/engine.ts'
import { createTimeframeEngines } from '../../../processors/engine/timeframe-engines.ts'
import { createFeaturesProcessor } from '../../../processors/features/features.ts'
import type { ProcessorDefinition } from '../../../streams/definition.ts'
import { partitionOfKey } from '../../../streams/kafka/partitioner.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import { runProcessors } from '../../streams/support/run-processors.ts'
import { cutTable } from '../../support/cut-bars.ts'

type Row = Readonly<Record<string, unknown>>

const timeoutMs = 240_000
const partitions = 2
const symbols = ['AAPL', 'SPX']
const added = ['roc_10_value', 'trend_state']
const market = loadMarket()
const whole = resolveView('core_pack_1d')
const topic = whole.topic

/** The view as it was before the features came. */
const before: ResolvedView = without(whole)
const schemas = loadSchemas()
const oldSchemas = new Map([...schemas, [whole.record, featureViewSchema(before)]])
const idsFrom = (first: number, of: typeof schemas) =>
  new Map([...of.values()].map((schema, at) => [first + at, schema]))
const oldCodec = createOfflineCodec({ schemas: oldSchemas, firstId: 1, known: idsFrom(1001, schemas) })
const newCodec = createOfflineCodec({ schemas, firstId: 1001, known: idsFrom(1, oldSchemas) })

let dir: string
let log: MemoryLog
let bytesBefore: string[]

function without(view: ResolvedView): ResolvedView {
  const isKept = ({ id }: { readonly id: string }) => !added.includes(id)
  const packs = view.packs.map((pack) => ({ ...pack, features: pack.features.filter(isKept) }))
  return { ...view, packs, features: view.features.filter(isKept) }
}

async function run(view: ResolvedView, codec: RecordCodec): Promise<void> {
  const noStore = () => {
    throw new Error('There is no ClickHouse in memory')
  }
  const definitions: ProcessorDefinition[] = []
  for (const name of ['ingest', 'engine', 'breadth', 'features'] as const) {
    definitions.push(await defineProcessor(name, { market, store: noStore }))
  }
  const features = definitions.pop()
  if (features?.kind !== 'fold') throw new Error('features is no fold')
  definitions.push({ ...features, create: () => createFeaturesProcessor({ views: [view], grid: market.grid }) })
  await runProcessors({ log, codec, partitions, definitions })
}

async function loadBars(from: string, before: string): Promise<void> {
  const data = join(projectRoot(), 'data')
  const cut = { from, before, symbols }
  const paths = [
    cutTable(join(data, 'us-equity_1d.csv.gz'), dir, `shares_${from}.csv`, cut),
    cutTable(join(data, 'us-index_1d.csv.gz'), dir, `indices_${from}.csv`, cut),
  ]
  const { calendarOf, grid } = market
  await load(paths, { log, codec: newCodec, partitions, delayMs: 0, graceMs: grid.graceMs, calendarOf })
}

function rowsOf(codec: RecordCodec, symbol: string, from = topic): Row[] {
  const partition = from === topic ? partitionOfKey(symbol, partitions) : 0
  return log.recordsOf({ topic: from, partition }).flatMap(({ key, value }) => {
    const decoded = codec.decode(topic, value)
    if (decoded.kind !== 'value') throw new Error(`${from}: ${decoded.kind}`)
    return String(key) === symbol && decoded.value.timeframe !== undefined ? [decoded.value] : []
  })
}

const bytes = () =>
  [0, 1].flatMap((partition) => log.recordsOf({ topic, partition }).map(({ value }) => String(value?.toString('hex'))))

function fill(changes: Partial<FillOptions> = {}, isDryRun = false) {
  const engines = createTimeframeEngines(stageOneRows())
  const { calendarOf, grid } = market
  return fillFeatures({
    ...{ log, codec: newCodec, partitions, market, symbol: 'AAPL', view: whole, features: added, baseRunId: 'live' },
    release: '1',
    now: () => Date.UTC(2025, 0, 1),
    ...(isDryRun ? {} : { createTopics: async () => {} }),
    makeStages: async () => ({
      engine: createEngine({ engines, calendarOf, graceMs: grid.graceMs }),
      features: createFeaturesProcessor({ views: [changes.view ?? whole], grid }),
    }),
    ...changes,
  })
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'barline-fill-'))
  log = new MemoryLog({ partitions, singlePartition: ['loads'] })
  await loadBars('2001-03-01', '2001-05-10')
  await run(before, oldCodec)
  bytesBefore = bytes()
  await loadBars('2001-05-10', '2001-06-01')
  await run(whole, newCodec)
}, timeoutMs)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('records of before the features stay as they are, those behind them have the features', () => {
  expect(fullName(featureViewSchema(before))).toBe(whole.record)
  for (const symbol of symbols) {
    const rows = rowsOf(newCodec, symbol)
    const old = rows.filter(({ ts }) => Number(ts) < Date.UTC(2001, 4, 10))
    expect(old.length).toBeGreaterThan(40)
    expect(rows.length).toBeGreaterThan(old.length + 10)
    expect(old.every((row) => added.every((id) => row[id] === null))).toBe(true)
    expect(rows.slice(old.length).every((row) => row.roc_10_value !== null)).toBe(true)
  }
  const now = new Set(bytes())
  expect(bytesBefore.filter((each) => !now.has(each))).toEqual([])
})

test('a consumer that knows the old schema only goes on, and sees its features in every record', () => {
  const rows = rowsOf(oldCodec, 'AAPL')
  expect(rows).toHaveLength(rowsOf(newCodec, 'AAPL').length)
  expect(rows.every((row) => !added.some((id) => id in row))).toBe(true)
  expect(rows.at(-1)?.rsi_14_value).toEqual(rowsOf(newCodec, 'AAPL').at(-1)?.rsi_14_value)
  expect(rows.at(-1)?.rsi_14_value).toEqual(expect.any(Number))
})

test('a backfill fills the features from the tape, and no row of another feature changes', async () => {
  const live = rowsOf(newCodec, 'AAPL')
  const untouched = bytes()
  const { run: finished } = await fill()
  expect(bytes()).toEqual(untouched)
  const filled = rowsOf(newCodec, 'AAPL', `${topic}.${finished?.run_id}`)
  expect(filled).toHaveLength(live.length)
  const isNew = (name: string) => [...added, 'fill_rate', 'measured_rate'].includes(name)
  const rest = (row: Row) => Object.entries(row).filter(([name]) => !isNew(name))
  expect(filled.map(rest)).toEqual(live.map(rest))
  expect(filled.slice(20).every((row) => row.roc_10_value !== null)).toBe(true)
  // Where the live rows have the features, they are the same.
  const withThem = live.flatMap((row, at) => (row.roc_10_value === null ? [] : [at]))
  expect(withThem.length).toBeGreaterThan(10)
  for (const at of withThem) for (const id of added) expect(filled[at]?.[id]).toEqual(live[at]?.[id])
  expect(finished?.rows).toEqual({ [topic]: live.length })
})

test('again it writes nothing more, and a dry run writes nothing', async () => {
  expect((await fill()).written).toBe(0)
  expect((await fill({ symbol: 'SPX' }, true)).run).toBeUndefined()
})

test('a backfill that would change another feature is refused, and names it', async () => {
  const features = whole.features.map((feature) =>
    feature.id === 'rsi_14_value' ? { ...feature, transform: { kind: 'min' as const, cap: 40 } } : feature,
  )
  await expect(fill({ symbol: 'SPX', view: { ...whole, features } })).rejects.toMatchObject({
    code: 'BACKFILL_REFUSED',
    message: expect.stringContaining('rsi_14_value of features.core_pack_1d'),
  })
})

test('an unknown feature and a symbol without a tape are refused, with what is near', async () => {
  await expect(fill({ features: ['roc_10_valeu'] })).rejects.toThrow('did you mean roc_10_value')
  await expect(fill({ symbol: 'NONE' })).rejects.toThrow('Nothing is known of NONE')
  expect(await symbolsOnTape(log, newCodec, partitions)).toEqual(symbols)
})
