import { Readable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { createOfflineCodec } from '../../../avro/codec.ts'
import { readConfig } from '../../../cli/config.ts'
import { tablesOf } from '../../../cli/connect-store.ts'
import type { ClickHouse } from '../../../sink/clickhouse-client.ts'
import { createRowEncoder } from '../../../sink/row-binary.ts'
import { RowBuffer } from '../../../sink/row-buffer.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import { RunReader } from './run-reader.ts'
import { auditTable } from './stored-rows.ts'

const codec = createOfflineCodec()
const partitions = 2
const runId = 'live'
const table = tablesOf(readConfig({})).find(({ name }) => name === 'market_quotes') ?? fail()
const reader = new RunReader(filled(), codec, partitions)

type Row = { readonly offset: number; readonly bytes: Buffer }

function fail(): never {
  throw new Error('There is no table market_quotes')
}

function quote(symbol: string, bid: number) {
  return { symbol, effective_at: 1_000, known_at: 1_000, bid, ask: bid + 1, bid_size: 3, ask_size: 4 }
}

function filled(): MemoryLog {
  const log = new MemoryLog({ partitions })
  for (let partition = 0; partition < partitions; partition += 1) {
    for (let bid = 1; bid <= 5; bid += 1) {
      const value = codec.encode('market.quotes', 'barline.market.Quote', quote('OAK', bid + 10 * partition))
      log.produce([{ topic: 'market.quotes', partition, key: Buffer.from('OAK'), value, timestamp: bid, headers: {} }])
    }
  }
  return log
}

/** The rows of a partition as the sink sends them. */
async function rowsOf(partition: number): Promise<Row[]> {
  const encoder = createRowEncoder(table, runId)
  const rows: Row[] = []
  for await (const { input } of reader.decoded({ topic: table.topic, partition })) {
    if (input?.kind !== 'data') continue
    const buffer = new RowBuffer()
    encoder.append(buffer, input)
    rows.push({ offset: input.offset, bytes: Buffer.from(buffer.slice(0, buffer.length)) })
  }
  return rows
}

/** A ClickHouse that holds these rows. */
function holding(rows: readonly (readonly Row[])[]): ClickHouse {
  const of = (parameters: Readonly<Record<string, unknown>> = {}) => rows[Number(parameters.partition)] ?? []
  const unused = () => Promise.reject(new Error('The audit only reads'))
  return {
    command: unused,
    insert: unused,
    close: async () => undefined,
    rows: async <Found>(_sql: string, parameters?: Readonly<Record<string, unknown>>) =>
      of(parameters).map(({ offset }) => ({ _offset: offset })) as Found[],
    stream: async (_sql, parameters) => Readable.from([Buffer.concat(of(parameters).map(({ bytes }) => bytes))]),
  }
}

const auditOf = async (change: (rows: Row[]) => Row[]) =>
  auditTable(reader, holding([change(await rowsOf(0)), await rowsOf(1)]), table, { partitions, runId })

const clean = { lost: 0, duplicated: 0, differing: 0, unexpected: 0 }

test('a table with a row for each record is clean', async () => {
  expect(await auditOf((rows) => rows)).toMatchObject({ ...clean, rows: 10 })
})

test('an insert that was done twice is seen under FINAL', async () => {
  const twice = (rows: Row[]) => rows.flatMap((row, place) => (place === 1 ? [row, row] : [row]))
  expect(await auditOf(twice)).toMatchObject({ ...clean, duplicated: 1 })
})

test('a row that is not there is lost', async () => {
  const verdict = await auditOf((rows) => rows.filter((_, place) => place !== 2))
  expect(verdict).toMatchObject({ ...clean, lost: 1 })
  expect(verdict.examples.join()).toMatch(/lost: market_quotes 0@\d+/)
})

test('a row that differs in one byte is seen', async () => {
  const spoiled = (rows: Row[]) =>
    rows.map((row, place) => {
      if (place !== 3) return row
      const bytes = Buffer.from(row.bytes)
      const last = bytes.length - 1
      bytes[last] = (bytes[last] ?? 0) ^ 1
      return { ...row, bytes }
    })
  expect(await auditOf(spoiled)).toMatchObject({ ...clean, differing: 1 })
})

test('a row of no record is not expected', async () => {
  const stray = (rows: Row[]) => [...rows, { offset: 999, bytes: Buffer.alloc(0) }]
  expect(await auditOf(stray)).toMatchObject({ ...clean, unexpected: 1 })
})
