import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createOfflineCodec } from '../../../avro/codec.ts'
import { loadSchemas } from '../../../avro/schemas.ts'
import { contractHeaders } from '../../../catalog/contract.ts'
import {
  openFeatureService,
  type RunningFeatureService,
  tablesIn,
} from '../../../serve/features/open-feature-service.ts'
import { type ClickHouse, openClickHouse } from '../../../sink/clickhouse-client.ts'
import { ensureTables } from '../../../sink/migrate.ts'
import { markerRecord } from '../../../streams/marker-record.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from '../../sink/support/embedded-clickhouse.ts'
import { view } from './support/rows.ts'

const database = 'made_anew_test'
const codec = createOfflineCodec()
const where = { topic: view.topic, partition: 0 }
const daily = { packId: 'core_v1', timeHorizon: '1d' }
const tables = tablesIn(database).filter(({ name }) => name === 'runs' || name === 'features_core_pack_1d')
const epoch = tables.find(({ topic }) => topic === view.topic)?.epoch ?? 0

const day = (number: number) => Date.UTC(2020, 0, number, 21)
const hourMs = 3_600_000

/** A row of a day: in the topic as it is now, the 101st is the first. */
type Row = { readonly symbol: string; readonly at: number; readonly epoch: number; readonly offset: number }
const before = (symbol: string, from = 0): Row[] =>
  Array.from({ length: 100 }, (_, index) => ({ symbol, at: index + 1, epoch: epoch - 1, offset: from + index * 100 }))
const now: Row[] = [{ symbol: 'AAPL', at: 101, epoch, offset: 0 }]

let server: EmbeddedClickHouse
let client: ClickHouse
let service: RunningFeatureService

/** A record of the view without features. */
function rowRecord(symbol: string, at: number) {
  const fields = loadSchemas().get(view.record)?.fields ?? []
  const empty = fields.map(({ name, type }) => [name, Array.isArray(type) ? null : []])
  const value = { ...Object.fromEntries(empty), symbol, timeframe: '1d', ts: day(at), known_at: day(at) }
  return {
    ...where,
    key: Buffer.from(symbol),
    value: codec.encode(view.topic, view.record, value),
    timestamp: day(at),
    headers: contractHeaders(view),
  }
}

/** A log whose topic was made anew at day 101 and has 50 records since, all of which the sink has stored. */
async function logMadeAnew(): Promise<MemoryLog> {
  const log = new MemoryLog({ partitions: 1 })
  log.produce([rowRecord('AAPL', 101)])
  for (let at = 1; at < 50; at += 1) {
    const ts = day(101) + at * 60_000
    log.produce([markerRecord(codec, where, { kind: 'clock', ts, known_at: ts })])
  }
  const writer = await log.writer('sink-0')
  await writer.fence()
  await writer.commit({ records: [], offsets: { group: 'sink', positions: [{ ...where, offset: 50 }] } })
  return log
}

beforeAll(async () => {
  server = await startEmbeddedClickHouse()
  client = openClickHouse({ url: server.url })
  await ensureTables(client, tables)
  const values = [...before('AAPL'), ...before('MSFT'), ...before('GONE', 7_000), ...now].map((row) => {
    const ts = `fromUnixTimestamp64Milli(${day(row.at)}, 'UTC')`
    return `('${row.symbol}', '1d', ${ts}, ${ts}, 'live', '${view.topic}', ${row.epoch}, 0, ${row.offset})`
  })
  await client.command(
    `INSERT INTO ${database}.features_core_pack_1d (symbol, timeframe, ts, known_at, run_id, _topic, _epoch, _partition, _offset) VALUES ${values.join(', ')}`,
  )
  const log = await logMadeAnew()
  const sources = { log, codec, clickhouse: client, database, partitions: 1, views: [view] }
  service = await openFeatureService(sources, { historyWaitMs: 1_000 })
}, 120_000)

afterAll(async () => {
  await service?.close()
  await client?.close()
  await server?.stop()
})

/** The day of the row of each symbol, or its status. */
async function daysOf(symbols: readonly string[], asOf?: number): Promise<unknown[]> {
  const answer = await service.getFeatures({ symbols, asOf, ...daily })
  return answer.symbols.map((each) => (each.status === 'ok' ? (each.row.ts - day(0)) / 86_400_000 : each.status))
}

describe('a service that starts behind a topic that was made anew', () => {
  test('serves the newest row of the topic as it is, and not one of a dead epoch with a higher offset', async () => {
    expect(await daysOf(['AAPL'])).toEqual([101])
  })

  test('reads what the topic had before from the history, of symbols that it has not now too', async () => {
    expect(await daysOf(['MSFT', 'GONE'])).toEqual([100, 100])
    expect(await daysOf(['AAPL', 'MSFT', 'GONE'], day(70) + hourMs)).toEqual([70, 70, 70])
    expect(await daysOf(['AAPL', 'MSFT'], day(101) + 60_000)).toEqual([101, 100])
    expect(await daysOf(['AAPL'], day(1) - 1)).toEqual(['no_row'])
  })

  test('knows these symbols, and no others', async () => {
    const selection = service.selector.select(daily.packId, daily.timeHorizon)
    expect([...service.symbolsOf(selection)].sort()).toEqual(['AAPL', 'GONE', 'MSFT'])
    await expect(daysOf(['NEVER'])).rejects.toMatchObject({ code: 'FEATURES_UNKNOWN_SYMBOL' })
  })
})
