import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { LoadResult } from '../../load/load.ts'
import { shippedSpan } from '../support/cut-bars.ts'
import { type Installation, openInstallation, openWithinMs } from '../support/installation.ts'
import { isData, readTopic } from '../support/topic-contents.ts'

const rawTopics = ['market.events', 'market.bars']
const testMs = 60_000

let whole: Installation
let files: string[]
let first: LoadResult
let afterFirst: unknown

/** Key and value of every data record, by topic and partition. */
async function rawRecords(installation: Installation): Promise<Record<string, (readonly [string, string])[][]>> {
  const contents: Record<string, (readonly [string, string])[][]> = {}
  for (const topic of rawTopics) {
    const partitions = await readTopic(installation, topic)
    contents[topic] = partitions.map((records) =>
      records.filter(isData).map(({ raw }) => [String(raw.key), raw.value?.toString('hex') ?? 'none'] as const),
    )
  }
  return contents
}

const table = (name: string, lines: readonly string[]): string => {
  const path = join(whole.dir, name)
  writeFileSync(path, `symbol,timeframe,ts_open_utc,open,high,low,close,volume\n${lines.join('\n')}\n`)
  return path
}

beforeAll(async () => {
  whole = await openInstallation('loading-whole')
  files = shippedSpan(whole.dir, '2000-03-01', '2002-03-01')
  first = await whole.load(files)
  afterFirst = await rawRecords(whole)
}, openWithinMs)

afterAll(() => whole?.close())

test('a load puts each line of its files into the raw topics, in more than one transaction', () => {
  const records = Object.values(afterFirst as Record<string, unknown[][]>).flat(2)
  expect(records).toHaveLength(first.produced)
  expect(first).toMatchObject({ refused: 0, skippedRows: 0 })
  expect(first.produced + first.markers).toBeGreaterThan(2_000)
})

test(
  'loading the same files again produces nothing and skips every row',
  async () => {
    const again = await whole.load(files)
    expect(again).toEqual({ ...first, produced: 0, markers: 0, skippedRows: first.produced })
    expect(await rawRecords(whole)).toEqual(afterFirst)
  },
  testMs,
)

test(
  'a load that is cut off in the middle and continued leaves the same records as an undisturbed one',
  async () => {
    const cut = await openInstallation('loading-cut')
    try {
      const knife = new AbortController()
      let doneAtCut = 0
      const onProgress = (done: number) => {
        doneAtCut = done
        knife.abort()
      }
      await expect(cut.load(files, { signal: knife.signal, onProgress })).rejects.toMatchObject({ name: 'AbortError' })
      expect(doneAtCut).toBeGreaterThan(0)
      const continued = await cut.load(files)
      expect(continued.skippedRows).toBeGreaterThan(0)
      expect(continued.produced).toBeGreaterThan(0)
      expect(continued.skippedRows + continued.produced).toBe(first.produced)
      expect(await rawRecords(cut)).toEqual(afterFirst)
    } finally {
      await cut.close()
    }
  },
  testMs,
)

test(
  'the same file with another delay is refused, and nothing is written',
  async () => {
    const refusal = {
      code: 'LOAD_REFUSED',
      message: expect.stringContaining('loaded with other options (kind, delays or grace)'),
    }
    await expect(whole.load(files, { delayMs: 1_000 })).rejects.toMatchObject(refusal)
    expect(await rawRecords(whole)).toEqual(afterFirst)
  },
  testMs,
)

test(
  'bars from before the clock are refused, and the message names `barline backfill`',
  async () => {
    const older = shippedSpan(whole.dir, '1999-11-01', '1999-12-01').slice(2)
    const refusal = { code: 'LOAD_REFUSED', message: expect.stringContaining('`barline backfill`') }
    await expect(whole.load(older)).rejects.toMatchObject(refusal)
    expect(await rawRecords(whole)).toEqual(afterFirst)
  },
  testMs,
)

test(
  'a line that cannot be read is reported with its file and line, and the others are loaded',
  async () => {
    const path = table('faulty.csv', [
      'AAPL,1d,2002-03-01,21.9,23.5,21.8,23.45,17400000',
      'AAPL,1d,2002-03-02,23,23,23,23,1',
      'AAPL,1d,2002-03-04,23.26,abc,23.05,24.29,19500000',
      'AAPL,3d,2002-03-05,24.15,24.43,23.4,23.53,15000000',
      'AAPL,1d,2002-03-06,23.48,24.34,22.93,24.07,12900000',
    ])
    const reported: [string, number, string][] = []
    const result = await whole.load([path], { onRefused: (file, line, why) => reported.push([file, line, why]) })
    expect(result).toMatchObject({ produced: 2, refused: 3 })
    expect(reported).toEqual([
      ['faulty.csv', 3, expect.stringContaining('2002-03-02 is no session of the calendar XNYS')],
      ['faulty.csv', 4, expect.stringContaining('high "abc" is not a number')],
      ['faulty.csv', 5, expect.stringContaining('timeframe "3d" is not one of')],
    ])
    expect(await whole.load([path])).toMatchObject({ produced: 0, skippedRows: 5 })
  },
  testMs,
)
