import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readTableFile } from '../../load/table-file.ts'

/**
 * Written once by ClickHouse: SELECT 'IBM' AS symbol, '1d' AS timeframe, toDateTime64('2024-01-02 14:30:00', 3, 'UTC') + number *
 * 86400 AS ts_open_utc, 160.5 + number AS open, 162.25 AS high, 159.75 AS low, if(number = 1, NULL, 161.0) AS close,
 * toInt64(3000000 + number) AS volume FROM numbers(3) FORMAT Parquet (zstd).
 */
const parquetFixture = fileURLToPath(new URL('fixtures/bars.parquet', import.meta.url))

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'barline-table-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function write(name: string, content: string | Buffer): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

const csv = '\uFEFFsymbol, close\r\nIBM,1.5\r\n\r\n"A,B" , 2\nMSFT\n'

describe('a CSV file', () => {
  test('is read with its line numbers; a short line has empty cells, an empty line is none', async () => {
    const path = write('a.csv', csv)
    const table = await readTableFile(path)
    expect(table).toMatchObject({ path, name: 'a.csv', columns: ['symbol', 'close'] })
    expect(table.rows).toEqual([
      { line: 2, cells: { symbol: 'IBM', close: '1.5' } },
      { line: 4, cells: { symbol: 'A,B', close: '2' } },
      { line: 5, cells: { symbol: 'MSFT', close: '' } },
    ])
    expect(table.sha256).toBe(createHash('sha256').update(csv).digest('hex'))
  })

  test('may be compressed, and then has the hash of the compressed bytes', async () => {
    const bytes = gzipSync(csv)
    const plain = await readTableFile(write('b.csv', csv))
    const table = await readTableFile(write('b.csv.gz', bytes))
    expect(table.rows).toEqual(plain.rows)
    expect(table.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
  })

  test('may have a header and no rows', async () => {
    expect((await readTableFile(write('c.csv', 'symbol,close\n'))).rows).toEqual([])
  })
})

describe('a Parquet file', () => {
  test('is read with its row numbers; times are UTC texts, nulls are empty, whole numbers keep all digits', async () => {
    const table = await readTableFile(parquetFixture)
    expect(table.columns).toEqual(['symbol', 'timeframe', 'ts_open_utc', 'open', 'high', 'low', 'close', 'volume'])
    expect(table.rows).toHaveLength(3)
    expect(table.rows[1]).toEqual({
      line: 2,
      cells: {
        symbol: 'IBM',
        timeframe: '1d',
        ts_open_utc: '2024-01-03T14:30:00.000Z',
        open: '161.5',
        high: '162.25',
        low: '159.75',
        close: '',
        volume: '3000001',
      },
    })
  })
})

describe('a file that cannot be read', () => {
  test.each([
    { what: 'is not there', make: () => join(dir, 'absent.csv'), why: 'there is no such file' },
    { what: 'is empty', make: () => write('d.csv', ''), why: 'it is empty: expected a header line' },
    {
      what: 'has another ending',
      make: () => write('d.xlsx', 'x'),
      why: 'expected a name ending in .csv, .csv.gz or .parquet',
    },
    { what: 'has an open quote', make: () => write('e.csv', 'a,b\n"1,2\n'), why: 'Quote Not Closed' },
    { what: 'is no gzip', make: () => write('f.csv.gz', 'a,b\n'), why: 'incorrect header check' },
    {
      what: 'is gzip cut short',
      make: () => write('g.csv.gz', gzipSync(csv.repeat(50)).subarray(0, 40)),
      why: 'unexpected end of file',
    },
    { what: 'is no Parquet', make: () => write('h.parquet', 'PAR1 nothing'), why: '' },
    {
      what: 'is Parquet cut short',
      make: () => write('i.parquet', readFileSync(parquetFixture).subarray(0, 900)),
      why: '',
    },
  ])('and $what is named with the reason', async ({ make, why }) => {
    const path = make()
    const reading = readTableFile(path)
    await expect(reading).rejects.toMatchObject({ code: 'UNREADABLE_FILE', retriable: false })
    await expect(reading).rejects.toThrow(`Cannot read ${path}: `)
    await expect(reading).rejects.toThrow(why)
  })
})
