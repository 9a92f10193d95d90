import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { tableFromIPC } from 'apache-arrow'
import { loadSchemas } from '../../../avro/schemas.ts'
import { derivedInputs } from '../../../catalog/derived-inputs.ts'
import type { RecipeTransform } from '../../../catalog/recipe-transform.ts'
import { resolveView } from '../../../catalog/views.ts'
import { readConfig } from '../../../cli/config.ts'
import { exportHistory } from '../../../cli/export.ts'
import { exportDerived } from '../../../cli/export-derived.ts'
import { readTableFile } from '../../../load/table-file.ts'
import { createRecipeTransform } from '../../../processors/features/recipe-transform.ts'
import { barColumns } from '../../../research/export-columns.ts'
import type { RunningFeatureService } from '../../../serve/features/open-feature-service.ts'
import { createPackSelector } from '../../../serve/features/pack-selection.ts'
import { streamTrainingSet, type TrainingSetRequest } from '../../../serve/features/training-set.ts'
import { type ClickHouse, openClickHouse } from '../../../sink/clickhouse-client.ts'
import { ensureTables } from '../../../sink/migrate.ts'
import { storedTables } from '../../../sink/stored-tables.ts'
import type { TableDefinition } from '../../../sink/table-definition.ts'
import { topicById } from '../../../topics/topics.ts'
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from '../../sink/support/embedded-clickhouse.ts'

const view = resolveView('core_pack_1d')
const schemas = loadSchemas()
const schemaOf = (name: string) => {
  const schema = schemas.get(name)
  if (!schema) throw new Error(name)
  return schema
}
const topics = ['runs', 'indicators', view.topic].map(topicById)
const tables = storedTables({ topics, schemaOf, database: 'derived_test' })
const features = tables.find(({ name }) => name === 'features_core_pack_1d') as TableDefinition
const service = (client: ClickHouse) =>
  ({
    selector: createPackSelector([view]),
    clickhouse: client,
    tables,
    checkRowsAndBars: async () => undefined,
  }) as unknown as RunningFeatureService

const day = (number: number) => Date.UTC(2020, 0, number, 21)
const open = (number: number) => Date.UTC(2020, 0, number, 14, 30)
const text = (ms: number) => `'${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')}'`

/** Values of a feature by day, null or no row now and then, none that a float32 has exactly. */
const live = Array.from({ length: 60 }, (_, at) => at + 1)
  .filter((at) => at % 17 !== 0)
  .map((at) => [at, at % 13 === 0 ? null : Math.fround(Math.sin(at) / 3)] as const)
/** Rows of a correction of days 30 to 35, known on day 50. */
const corrected = [30, 31, 32, 33, 35].map((at) => [at, Math.fround(at / 7)] as const)
const fromDay = 30
const knownOn = 50

const transformations = [
  { id: 'rsi_lag', feature: 'rsi_14_value', transform: { kind: 'lag', k: 2 } },
  { id: 'rsi_mean', feature: 'rsi_14_value', transform: { kind: 'sma', n: 4 } },
  { id: 'rsi_ema', feature: 'rsi_14_value', transform: { kind: 'ema', n: 5 } },
  { id: 'rsi_zscore', feature: 'rsi_14_value', transform: { kind: 'zscore', n: 3 } },
  { id: 'oversold_share', feature: 'rsi_14_cross_oversold_event', transform: { kind: 'sma', n: 2 } },
] as const
const transforms: readonly RecipeTransform[] = transformations.slice(0, 4).map(({ transform }) => transform)
const request = { packId: 'core_v1', timeHorizon: '1d', features: ['rsi_14_value'], transformations }

let server: EmbeddedClickHouse
let client: ClickHouse
let dir: string

async function store(symbol: string, run: string, rows: readonly (readonly [number, number | null])[], known?: number) {
  const values = rows.map(([at, value], offset) => {
    const cells = [
      text(day(at)),
      text(known ?? day(at)),
      String(value),
      String(at % 2),
      `'${run}'`,
      `'t-${run}'`,
      1,
      0,
      offset,
    ]
    return `('${symbol}', '1d', ${cells.join(', ')})`
  })
  await client.command(
    `INSERT INTO derived_test.features_core_pack_1d (symbol, timeframe, ts, known_at, rsi_14_value, rsi_14_cross_oversold_event, run_id, _topic, _epoch, _partition, _offset) VALUES ${values.join(', ')}`,
  )
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'barline-derived-history-'))
  server = await startEmbeddedClickHouse()
  client = openClickHouse({ url: server.url })
  await ensureTables(client, tables)
  await store('AAA', 'live', live)
  await store('AAA', 'backfill-a', corrected, day(knownOn))
  await store(
    'AAA',
    'backfill-unadopted',
    corrected.map(([at]) => [at, 99] as const),
    day(knownOn),
  )
  await store(
    'BBB',
    'live',
    live.map(([at, value]) => [at, value === null ? null : -value] as const),
  )
  const bars = ['AAA', 'BBB'].flatMap((symbol) =>
    live.map(([at], offset) => {
      const times = [day(at), open(at), day(at)].map(text).join(', ')
      return `('${symbol}', '1d', ${times}, ${at}, ${at + 0.5}, 'live', 'indicators', 1, 0, ${offset})`
    }),
  )
  await client.command(
    `INSERT INTO derived_test.indicators (symbol, timeframe, ts, ts_open, known_at, open, close, run_id, _topic, _epoch, _partition, _offset) VALUES ${bars.join(', ')}`,
  )
  const adopted = `'backfill-a', 'AAA', 'live', ${text(day(fromDay))}, ${text(day(35))}, ${text(day(60))}, ${text(day(60))}`
  await client.command(
    `INSERT INTO derived_test.runs (run_id, symbol, base_run_id, from_ts, to_ts, finished_at, adopted_at) VALUES (${adopted})`,
  )
}, 120_000)

afterAll(async () => {
  await client?.close()
  await server?.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** The derived inputs of the last row of a series, each folded over the whole of it. */
function folded(series: readonly (number | null)[]): (number | null)[] {
  return transforms.map((transform) => {
    const fold = createRecipeTransform(transform)
    const state = new Float64Array(fold.stateLength)
    const last = series.map((value) => fold.step(state, value ?? Number.NaN)).at(-1) ?? Number.NaN
    return Number.isNaN(last) ? null : Math.fround(last)
  })
}

/** The rows that a row of AAA follows: those of its run, and the live ones before the run begins. */
function seriesTo(at: number, isCorrected: boolean): (number | null)[] {
  const rows = isCorrected ? [...live.filter(([each]) => each < fromDay), ...corrected] : live
  return rows.filter(([each]) => each <= at).map(([, value]) => value)
}

type Row = Record<string, unknown> & { readonly at: number }

async function trainingSet(asked: Partial<TrainingSetRequest>): Promise<Row[]> {
  const stream = await streamTrainingSet(service(client), { ...request, ...asked } as TrainingSetRequest)
  const rows = tableFromIPC(await buffer(stream)).toArray()
  return rows.map((row) => ({ ...row.toJSON(), at: (Number(row.ts) - day(0)) / 86_400_000 }))
}

const inputsOf = (row: Row | undefined) => transformations.slice(0, 4).map(({ id }) => row?.[id])

describe('a training set with transformations', () => {
  test('has on every row what the fold from the first row on gives, over nulls and missing rows', async () => {
    const rows = await trainingSet({ symbols: ['AAA'], from: open(1), to: open(49) })
    expect(rows.length).toBeGreaterThan(40)
    for (const row of rows) expect([row.at, inputsOf(row)]).toEqual([row.at, folded(seriesTo(row.at, false))])
    expect(rows.filter((row) => inputsOf(row).includes(null)).length).toBeGreaterThan(8)
    // Of an event the share of rows on which it happened: it is true on every other day.
    expect(rows.find(({ at }) => at === 4)?.oversold_share).toBe(0.5)
    expect(Object.keys(rows[0] ?? {})).not.toContain('row_run')
  })

  test('is warm at its first row when it begins late', async () => {
    const [whole, late] = [
      await trainingSet({ symbols: ['AAA'], from: open(1), to: open(49) }),
      await trainingSet({ symbols: ['AAA'], from: open(45), to: open(49) }),
    ]
    expect(late.length).toBeGreaterThan(2)
    expect(late).toEqual(whole.slice(-late.length))
    expect(inputsOf(late[0])).not.toContain(null)
  })

  test('follows a correction from when it was known, over the rows of its run, and not before', async () => {
    const points = [36, knownOn - 1].map((at) => ({ symbol: 'AAA', asOf: open(at) }))
    for (const row of await trainingSet({ points })) expect(inputsOf(row)).toEqual(folded(seriesTo(row.at, false)))
    // As of a time when the correction is the newest that is known of its days, the live rows behind it are what is read.
    const [later] = await trainingSet({ points: [{ symbol: 'AAA', asOf: day(knownOn) + 1 }] })
    expect(inputsOf(later)).toEqual(folded(seriesTo(later?.at ?? 0, false)))
  })

  test('keeps symbols apart, and gives points in their order', async () => {
    const points = [
      { symbol: 'BBB', asOf: open(45) },
      { symbol: 'AAA', asOf: open(20) },
      { symbol: 'BBB', asOf: open(20) },
    ]
    const rows = await trainingSet({ points })
    expect(rows.map(({ symbol }) => symbol)).toEqual(['BBB', 'AAA', 'BBB'])
    expect(inputsOf(rows[2])[0]).toBe(-Number(inputsOf(rows[1])[0]))
  })

  test('has its columns when there is no row', async () => {
    const stream = await streamTrainingSet(service(client), {
      ...request,
      symbols: ['AAA'],
      from: open(500),
      to: open(501),
    })
    const table = tableFromIPC(await buffer(stream))
    expect(table.numRows).toBe(0)
    expect(table.schema.names.slice(-6)).toEqual(['rsi_14_value', ...transformations.map(({ id }) => id)])
  })

  test('says what is wrong with a transformation', async () => {
    const wrong = [{ id: 'a', feature: 'rsi_41_value', transform: { kind: 'lag', k: 1 } }] as const
    await expect(
      trainingSet({ symbols: ['AAA'], from: open(1), to: open(9), transformations: wrong }),
    ).rejects.toMatchObject({
      code: 'FEATURES_BAD_REQUEST',
      message: expect.stringContaining(
        'transformations.0.feature: no pack of the recipe has feature rsi_41_value; did you mean',
      ),
    })
  })
})

test('an export has the open of every bar, by which the trainer tells rows that were known too late', async () => {
  const config = readConfig({ BARLINE_CLICKHOUSE_DATABASE: 'derived_test' }, dir)
  const addresses = { brokers: [], registryUrl: '', clickhouseUrl: server.url }
  const files = await exportHistory('equity_daily_momentum_v1', join(dir, 'export'), config, addresses)
  expect(files.map(({ path }) => basename(path))).toEqual(['features.parquet', 'bars.parquet'])
  const { columns, rows } = await readTableFile(join(dir, 'export', 'bars.parquet'))
  expect(columns).toEqual(barColumns)
  const times = rows.map(({ cells }) => [cells.symbol, cells.ts, cells.ts_open].join())
  const iso = (ms: number) => new Date(ms).toISOString()
  expect(times).toEqual(
    live.flatMap(([at]) => ['AAA', 'BBB'].map((symbol) => [symbol, iso(day(at)), iso(open(at))].join())),
  )
})

test('an export with derived inputs has the rows that are read now, a corrected one as its run derived it', async () => {
  const derived = derivedInputs(transformations, { file: 'x', offered: view.features, view })
  const path = join(dir, 'features.csv')
  const { bytes } = await exportDerived(client, path, {
    table: features,
    timeframe: '1d',
    derived,
    features: ['rsi_14_value'],
  })
  const csv = readFileSync(path, 'utf8')
  expect(bytes).toBe(Buffer.byteLength(csv))
  const [head, ...lines] = csv.trimEnd().split('\n')
  expect(head).toBe(`symbol,timeframe,ts,known_at,rsi_14_value,${transformations.map(({ id }) => id).join()}`)
  const own = lines.map((line) => line.split(',')).filter(([symbol]) => symbol === 'AAA')
  expect(own).toHaveLength(new Set([...live, ...corrected].map(([at]) => at)).size)
  for (const [, , ts, , ...cells] of own) {
    const at = (Number(ts) - day(0)) / 86_400_000
    const isCorrected = corrected.some(([each]) => each === at)
    const series = seriesTo(at, isCorrected)
    const expected = [series.at(-1), ...folded(series)].map((value) => String(value ?? ''))
    expect([at, cells.slice(0, 5)]).toEqual([at, expected])
  }
})
