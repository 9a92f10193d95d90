import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createOfflineCodec } from '../../avro/codec.ts'
import { newestMarker } from '../../load/clock.ts'
import { type LoadOptions, load } from '../../load/load.ts'
import { readLedger } from '../../load/load-ledger.ts'
import { partitionOfKey } from '../../streams/kafka/partitioner.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { withCommitFaults } from '../streams/support/faulty-log.ts'
import { calendarOf } from './market.ts'

const codec = createOfflineCodec()
const partitions = 2
const header = 'symbol,timeframe,ts_open_utc,open,high,low,close,volume'
const days = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05']
const lines = (symbol: string, some = days) => some.map((day) => `${symbol},1d,${day},1,2,1,2,10`)

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'barline-load-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function csv(name: string, some: readonly string[]): string {
  const path = join(dir, name)
  writeFileSync(path, [header, ...some, ''].join('\n'))
  return path
}

const rawTopics = [
  'market.events',
  'market.fundamentals',
  'market.macro',
  'market.portfolio',
  'market.quotes',
  'market.bars',
]

function sideFiles(): string[] {
  const file = (name: string, ...text: string[]) => {
    const path = join(dir, name)
    writeFileSync(path, `${text.join('\n')}\n`)
    return path
  }
  return [
    file(
      'events.csv',
      'symbol,event_type,ts_utc',
      '*,macro_high,2024-01-03T19:00:00Z',
      'IBM,earnings,2024-01-04T21:00:00Z',
    ),
    file('fundamentals.csv', 'symbol,item,period_end,value,known_date', 'IBM,eps_ttm,2023-09-30,9,2024-01-02'),
    file('macro.csv', 'series,period_end,value,known_at_utc', 'CPI,2023-12-31,3.4,2024-01-03T13:30:00Z'),
    file('positions.csv', 'symbol,portfolio,quantity,date', 'IBM,main,10,2024-01-03'),
    file('quotes.csv', 'symbol,ts_utc,bid,ask,bid_size,ask_size', 'IBM,2024-01-03T20:59:00Z,1,2,1,1'),
  ]
}

const newLog = (): MemoryLog => new MemoryLog({ partitions, singlePartition: ['loads'] })
const optionsOf = (log: LoadOptions['log'], more: Partial<LoadOptions> = {}): LoadOptions => {
  return { log, codec, partitions, delayMs: 0, graceMs: 60_000, calendarOf, ...more }
}

/** Everything on the raw topics, in order, without offsets. */
function contents(log: MemoryLog): Record<string, string[]> {
  const all: Record<string, string[]> = {}
  for (const topic of [...rawTopics, 'clock']) {
    for (let partition = 0; partition < partitions; partition += 1) {
      all[`${topic}[${partition}]`] = log
        .recordsOf({ topic, partition })
        .map(({ key, value, timestamp }) => `${key} ${value?.toString('hex')} ${timestamp}`)
    }
  }
  return all
}

describe('a load', () => {
  test('puts each bar onto the partition of its symbol and every marker onto all partitions', async () => {
    const log = newLog()
    const result = await load([csv('a.csv', [...lines('IBM'), ...lines('MSFT')])], optionsOf(log))
    expect(result).toMatchObject({ produced: 8, refused: 0, markers: 5, skippedRows: 0 })
    for (const symbol of ['IBM', 'MSFT']) {
      const mine = log.recordsOf({ topic: 'market.bars', partition: partitionOfKey(symbol, partitions) })
      expect(mine.filter(({ key }) => String(key) === symbol)).toHaveLength(4)
    }
    expect(contents(log)['clock[0]']).toEqual(contents(log)['clock[1]'])
    expect(await newestMarker(log, codec)).toBe(Date.UTC(2024, 0, 5, 21, 1, 0, 1))
  })

  test('of side inputs puts what is market-wide onto every partition, and the rest onto that of its symbol', async () => {
    const log = newLog()
    const files = [...sideFiles(), csv('a.csv', lines('IBM'))]
    expect(await load(files, optionsOf(log))).toMatchObject({ produced: 10, refused: 0 })
    const home = partitionOfKey('IBM', partitions)
    const counts = Object.fromEntries(
      rawTopics.map((topic) => [
        topic,
        [home, 1 - home].map((partition) => log.recordsOf({ topic, partition }).length),
      ]),
    )
    expect(counts).toEqual({
      'market.events': [2, 1],
      'market.fundamentals': [1, 0],
      'market.macro': [1, 1],
      'market.portfolio': [1, 1],
      'market.quotes': [1, 0],
      'market.bars': [4, 0],
    })
    expect(contents(log)['market.macro[0]']).toEqual(contents(log)['market.macro[1]'])
    const before = contents(log)
    expect(await load(files, optionsOf(log))).toMatchObject({ produced: 0, markers: 0, skippedRows: 10 })
    expect(contents(log)).toEqual(before)
  })

  test.each([1, 3, 5, 7, 9])('of side inputs that is cut off at its transaction %d goes on there', async (cut) => {
    const files = [...sideFiles(), csv('a.csv', lines('IBM'))]
    const whole = newLog()
    await load(files, optionsOf(whole, { paceTail: { groups: 20, intervalMs: 0 } }))
    const log = newLog()
    let commits = 0
    const faulty = withCommitFaults(log, () => {
      commits += 1
      return commits === cut ? 'before' : undefined
    })
    await expect(load(files, optionsOf(faulty, { paceTail: { groups: 20, intervalMs: 0 } }))).rejects.toThrow(
      'injected',
    )
    await load(files, optionsOf(log))
    expect(contents(log)).toEqual(contents(whole))
  })

  test('takes files for the kind that it is told, and refuses them under another', async () => {
    const log = newLog()
    const [, fundamentals = ''] = sideFiles()
    await expect(load([fundamentals], optionsOf(log, { kind: 'macro' }))).rejects.toThrow('has no column series')
    await load([fundamentals], optionsOf(log, { kind: 'fundamentals' }))
    expect(await load([fundamentals], optionsOf(log))).toMatchObject({ produced: 0, skippedRows: 1 })
  })

  test('done again writes nothing', async () => {
    const log = newLog()
    const path = csv('a.csv', lines('IBM'))
    await load([path], optionsOf(log))
    const before = contents(log)
    expect(await load([path], optionsOf(log))).toMatchObject({ produced: 0, markers: 0, skippedRows: 4 })
    expect(contents(log)).toEqual(before)
  })

  // With the end paced, each time of the last four days is a transaction of its own: a day's bars, then its marker.
  const paced = { groups: 8, intervalMs: 0 }

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'cut off at its transaction %d and done again leaves what one run leaves',
    async (cut) => {
      const path = csv('a.csv', [...lines('IBM'), 'IBM,1d,2024-01-06,1,2,1,2,10', ...lines('MSFT')])
      const whole = newLog()
      await load([path], optionsOf(whole, { paceTail: paced }))
      for (const when of ['before', 'after'] as const) {
        const log = newLog()
        let commits = 0
        const faulty = withCommitFaults(log, () => {
          commits += 1
          return commits === cut ? when : undefined
        })
        await expect(load([path], optionsOf(faulty, { paceTail: paced }))).rejects.toThrow(`injected ${when}`)
        await load([path], optionsOf(log))
        expect(contents(log)).toEqual(contents(whole))
      }
    },
  )

  test('says of each refused line why, once', async () => {
    const log = newLog()
    const path = csv('a.csv', [...lines('IBM'), 'IBM,1d,2024-01-06,1,2,1,2,10'])
    const refused: string[] = []
    const onRefused: LoadOptions['onRefused'] = (file, line, why) => refused.push(`${file}:${line}: ${why}`)
    expect(await load([path], optionsOf(log, { onRefused }))).toMatchObject({ produced: 4, refused: 1 })
    await load([path], optionsOf(log, { onRefused }))
    expect(refused).toEqual(['a.csv:6: 2024-01-06 is no session of the calendar XNYS'])
  })

  test('sends the end as a live feed would, and says when that begins', async () => {
    const log = newLog()
    const seen: number[] = []
    const count = () => log.recordsOf({ topic: 'market.bars', partition: partitionOfKey('IBM', partitions) }).length
    const onReached = async () => {
      seen.push(count())
    }
    await load([csv('a.csv', lines('IBM'))], optionsOf(log, { paceTail: { groups: 2, intervalMs: 1, onReached } }))
    expect(seen).toEqual([3])
    expect(count()).toBe(4)
  })

  test('that begins shuts out another that still runs, which then goes on: loads take turns', async () => {
    const log = newLog()
    const both = [csv('a.csv', lines('IBM')), csv('b.csv', lines('MSFT'))]
    const onReached = async () => {
      await load(both.slice(1), optionsOf(log))
    }
    const first = load(both, optionsOf(log, { paceTail: { ...paced, onReached } }))
    await expect(first).rejects.toMatchObject({ code: 'LOAD_REFUSED' })
    await expect(first).rejects.toThrow('Another load has begun since')
    const rows = (symbol: string) =>
      log
        .recordsOf({ topic: 'market.bars', partition: partitionOfKey(symbol, partitions) })
        .map(({ key }) => String(key))
    expect(rows('MSFT').filter((key) => key === 'MSFT')).toHaveLength(4)
  })

  test('that is refused shuts nobody out', async () => {
    const log = newLog()
    const onReached = async () => {
      await expect(load([csv('c.csv', lines('MSFT', ['2023-01-03']))], optionsOf(log))).rejects.toThrow(
        'from before it',
      )
    }
    const first = load(
      [csv('a.csv', lines('IBM'))],
      optionsOf(log, { paceTail: { groups: 2, intervalMs: 0, onReached } }),
    )
    await expect(first).resolves.toMatchObject({ produced: 4 })
  })

  test('stops between transactions when it is asked to', async () => {
    const log = newLog()
    const abort = new AbortController()
    const loading = load(
      [csv('a.csv', lines('IBM'))],
      optionsOf(log, { paceTail: paced, signal: abort.signal, onProgress: () => abort.abort() }),
    )
    await expect(loading).rejects.toThrow('aborted')
    expect(Object.values(contents(log)).flat().length).toBeLessThan(10)
  })

  test.each([
    { what: 'a delay over the grace', more: { delayMs: 60_001 }, why: 'each bar would come after its barrier closed' },
    { what: 'one file twice', twice: true, why: 'is given twice' },
  ])('refuses $what before it writes anything', async ({ more, twice, why }) => {
    const log = newLog()
    const path = csv('a.csv', lines('IBM'))
    const loading = load(twice ? [path, path] : [path], optionsOf(log, more))
    await expect(loading).rejects.toMatchObject({ code: 'LOAD_REFUSED' })
    await expect(loading).rejects.toThrow(why)
    expect(Object.values(contents(log)).flat()).toEqual([])
  })

  test('refuses a file that was loaded with other options', async () => {
    const log = newLog()
    const path = csv('a.csv', lines('IBM'))
    await load([path], optionsOf(log))
    await expect(load([path], optionsOf(log, { delayMs: 1 }))).rejects.toThrow('has been loaded with other options')
  })

  test('refuses side inputs from before the clock: they would take effect only now', async () => {
    const log = newLog()
    await load([csv('a.csv', lines('IBM'))], optionsOf(log))
    const late = load(sideFiles(), optionsOf(log))
    await expect(late).rejects.toMatchObject({ code: 'LOAD_REFUSED' })
    await expect(late).rejects.toThrow(/hold macro from before it, .* take effect only now/)
    expect(log.recordsOf({ topic: 'market.macro', partition: 0 })).toEqual([])
  })

  test('refuses bars from before the clock, and names the command for them', async () => {
    const log = newLog()
    await load([csv('a.csv', lines('IBM'))], optionsOf(log))
    const late = load([csv('late.csv', lines('MSFT'))], optionsOf(log))
    await expect(late).rejects.toMatchObject({ code: 'LOAD_REFUSED' })
    await expect(late).rejects.toThrow('barline backfill')
    await load([csv('next.csv', lines('MSFT', ['2024-01-08']))], optionsOf(log))
    expect(await newestMarker(log, codec)).toBe(Date.UTC(2024, 0, 8, 21, 1, 0, 1))
  })
})

describe('the ledger', () => {
  const range = (first: number, next: number, last: boolean) => ({
    load_id: 'l',
    file_sha256: 'abc',
    file_name: 'a.csv',
    options_hash: 'o',
    first_row: first,
    next_row: next,
    rows_total: 9,
    produced: next - first,
    refused: 0,
    last,
  })
  const written = (ranges: ReturnType<typeof range>[]): MemoryLog => {
    const log = newLog()
    for (const each of ranges) {
      const value = codec.encode('loads', 'barline.loads.LoadedRange', each)
      log.produce([{ topic: 'loads', partition: 0, key: Buffer.from('abc'), value, timestamp: 0, headers: {} }])
    }
    return log
  }

  test('says how far a file was loaded without a gap', async () => {
    const ledger = await readLedger(written([range(0, 3, false), range(3, 5, false), range(7, 9, true)]), codec)
    expect([...ledger]).toEqual([['abc', { optionsHash: 'o', nextRow: 5, isComplete: false }]])
  })

  test('knows a file that was loaded to its end', async () => {
    expect((await readLedger(written([range(0, 9, true)]), codec)).get('abc')).toMatchObject({
      nextRow: 9,
      isComplete: true,
    })
  })

  test('is empty where nothing was loaded', async () => {
    expect((await readLedger(newLog(), codec)).size).toBe(0)
    expect(await newestMarker(newLog(), codec)).toBeUndefined()
  })
})
