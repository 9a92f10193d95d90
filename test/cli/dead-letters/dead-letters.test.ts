import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createOfflineCodec } from '../../../avro/codec.ts'
import { defineProcessor } from '../../../cli/chain.ts'
import { parseLetterId } from '../../../cli/dead-letters/letter.ts'
import { listLetters } from '../../../cli/dead-letters/list.ts'
import { runReplay } from '../../../cli/dead-letters/replay.ts'
import { showLetter } from '../../../cli/dead-letters/show.ts'
import { loadMarket, type Market } from '../../../cli/market.ts'
import type { ChunkProcessor, InputRecord } from '../../../processors/processor.ts'
import type { Refusal } from '../../../processors/refusal.ts'
import { deadLetter } from '../../../streams/dead-letter.ts'
import type { ProcessorDefinition } from '../../../streams/definition.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { OutgoingRecord } from '../../../streams/port.ts'
import { withWriters } from '../../streams/support/faulty-log.ts'
import { isCaughtUp, testWorker } from '../../streams/support/run-workers.ts'
import { waitUntil } from '../../streams/support/wait-until.ts'
import { withLooks } from '../../streams/support/watched-looks.ts'

const codec = createOfflineCodec()
const day = 86_400_000
const start = Date.UTC(2020, 0, 6, 21)
const now = Date.UTC(2026, 0, 1)
const bars = { topic: 'market.bars', partition: 0 }

let strict: Market
let fixed: Market
let log: MemoryLog
let printed: string[]
const print = (line: string) => void printed.push(line)
const output = () => printed.join('\n')
const source = () => ({ log, codec, partitions: 1 })

function bar(symbol: string, dayOfBar: number, given: Record<string, unknown> = {}): OutgoingRecord {
  const close = start + dayOfBar * day
  const value = {
    ...{ symbol, timeframe: '1d', ts_open: close - 6 * 3_600_000, ts_close: close, known_at: close, source: 'test' },
    ...{ open: 10, high: 11, low: 9, close: 10, volume: 100, ...given },
  }
  const encoded = codec.encode('market.bars', 'barline.market.Bar', value)
  const headers = { trace: [Buffer.from([1, 254]), Buffer.from('second')] }
  return { ...bars, key: Buffer.from(symbol), value: encoded, timestamp: now, headers }
}

/** Runs ingest over everything there is. */
async function ingestAll(market: Market): Promise<void> {
  const store = () => Promise.reject(new Error('no store'))
  const definition: ProcessorDefinition = await defineProcessor('ingest', { market, store })
  const worker = testWorker({ definition, log, codec, partitions: 1 })
  await worker.start()
  try {
    await Promise.race([waitUntil('ingest', () => isCaughtUp(log, definition, 1)), worker.finished])
  } finally {
    await worker.stop()
  }
}

const tape = () =>
  log.recordsOf({ topic: 'tape', partition: 0 }).flatMap(({ key, value }) => {
    const decoded = codec.decode('tape', value)
    return decoded.kind === 'value' ? [`${key} ${(Number(decoded.value.ts) - start) / day}`] : []
  })

beforeAll(() => {
  const market = loadMarket()
  strict = { ...market, reportsVolume: () => true }
  fixed = { ...market, reportsVolume: () => false }
})

beforeEach(async () => {
  printed = []
  log = new MemoryLog({ partitions: 1, singlePartition: ['loads', 'replayed-letters'] })
  log.produce([
    bar('AAA', 0),
    bar('BBB', 0, { volume: 0 }),
    bar('AAA', 1),
    bar('AAA', 0, { close: 9.5 }),
    bar('CCC', 0, { volume: 0 }),
    bar('BBB', 1, { volume: 0 }),
    { ...bar('DDD', 0), value: Buffer.from('no avro') },
    bar('CCC', 1),
  ])
  await ingestAll(strict)
  expect(tape()).toEqual(['AAA 0', 'AAA 1', 'CCC 1'])
})

describe('dead-letters list', () => {
  test('counts by processor and reason, and shows the newest letters', async () => {
    await listLetters(source(), {}, { limit: 2, json: false }, print)
    expect(output()).toMatch(/ingest +VOLUME_MISSING +3 +0 +2 /)
    expect(output()).toMatch(/ingest +REVISION +1 /)
    expect(output()).toMatch(/ingest +NOT_AVRO +1 /)
    expect(output()).toContain('the newest 2')
  })

  test.each([
    [{ symbol: 'BBB' }, 2],
    [{ reason: 'REVISION' }, 1],
    [{ processor: 'engine' as const }, 0],
    [{ fromTs: now }, 5],
    [{ toTs: now }, 0],
  ])('lets %j through: %d letters', async (filter, count) => {
    await listLetters(source(), filter, { limit: 20, json: true }, print)
    expect(printed).toHaveLength(count)
    for (const line of printed)
      expect(JSON.parse(line)).toMatchObject({ processor: 'ingest', source_topic: 'market.bars' })
  })

  test('says when there are none', async () => {
    log = new MemoryLog({ partitions: 1, singlePartition: ['replayed-letters'] })
    await listLetters(source(), {}, { limit: 2, json: false }, print)
    expect(printed).toEqual(['no dead letters'])
  })
})

describe('dead-letters show', () => {
  test('has reason, source, key, headers and the value as its schema has it', async () => {
    await showLetter(source(), 'ingest[0]@0', print)
    expect(output()).toMatch(/reason +VOLUME_MISSING/)
    expect(output()).toMatch(/source +market.bars\[0\]@1/)
    expect(output()).toMatch(/header trace +0x01fe/)
    expect(output()).toMatch(/header trace +second/)
    expect(output()).toContain('"symbol": "BBB"')
  })

  test('finds a letter whose partition answers late', async () => {
    const late = withLooks(log, (look) => (look < 3 ? [] : undefined))
    await showLetter({ ...source(), log: late }, 'ingest[0]@0', print)
    expect(output()).toMatch(/reason +VOLUME_MISSING/)
  })

  test('has bytes that nobody can read in hex', async () => {
    await listLetters(source(), { reason: 'NOT_AVRO' }, { limit: 20, json: true }, print)
    const { id } = JSON.parse(printed[0] ?? '{}')
    await showLetter(source(), id, print)
    expect(output()).toContain('6e 6f 20 61 76 72 6f')
    expect(output()).toContain('no avro')
  })

  test('fetches bytes that were too many for the letter from where they were read', async () => {
    const value = Buffer.alloc(3_000_000, 7)
    log.produce([{ ...bar('EEE', 0), value }])
    await ingestAll(strict)
    await listLetters(source(), { reason: 'NOT_AVRO' }, { limit: 20, json: true }, print)
    const { id, bytes } = JSON.parse(printed.at(-1) ?? '{}')
    expect(bytes).toBeNull()
    await showLetter(source(), id, print)
    expect(output()).toContain('3000000 bytes')
  })

  test.each(['ingest[0]@999', 'ingest[7]@0', 'nobody[0]@1', 'ingest-0-1'])('names the mistake in %s', async (id) => {
    await expect(showLetter(source(), id, print)).rejects.toThrow(RangeError)
  })
})

describe('dead-letters replay', () => {
  const noSink = (): ChunkProcessor => {
    throw new Error('no row is to be stored')
  }
  const replay = (yes: boolean, ids: readonly string[] = [], filter = {}, sink = noSink) =>
    runReplay({ ids, filter, yes }, { source: source(), market: fixed, sink, now }, print)
  const rawBars = () => log.recordsOf(bars)

  test('says without --yes what it would do, and writes nothing', async () => {
    expect(await replay(false)).toBe(0)
    expect(output()).toMatch(/market.bars\[0\]@1 +VOLUME_MISSING +produced again/)
    expect(output()).toMatch(/market.bars\[0\]@5 +VOLUME_MISSING +produced again/)
    // Its successor is on the tape: the order of the symbol goes before the bar.
    expect(output()).toMatch(
      /@4 +VOLUME_MISSING +stays: would be refused again as LATE .*`barline backfill --symbol CCC`/,
    )
    expect(output()).toMatch(
      /@3 +REVISION +stays: would be refused again as REVISION .*`barline backfill --symbol AAA`/,
    )
    expect(output()).toMatch(/@6 +NOT_AVRO +stays: would be refused again as NOT_AVRO/)
    expect(output()).toContain('2 of 5 can be replayed')
    expect(output()).toContain('dry run')
    expect(rawBars()).toHaveLength(8)
  })

  test('produces the original bytes, key and headers again, in their order, and ingest takes them', async () => {
    const originals = rawBars().filter(({ offset }) => offset === 1 || offset === 5)
    await replay(true)
    expect(output()).toContain('2 of 5 replayed')
    const again = rawBars().slice(8)
    expect(again.map(({ key, value }) => [key, value])).toEqual(originals.map(({ key, value }) => [key, value]))
    expect(again.map(({ headers }) => headers.map(({ name, value }) => `${name} ${value.toString('hex')}`))).toEqual([
      [
        'trace 01fe',
        `trace ${Buffer.from('second').toString('hex')}`,
        `barline.replayed-from ${Buffer.from('ingest[0]@0').toString('hex')}`,
      ],
      [
        'trace 01fe',
        `trace ${Buffer.from('second').toString('hex')}`,
        expect.stringContaining('barline.replayed-from'),
      ],
    ])
    await ingestAll(fixed)
    expect(tape()).toEqual(['AAA 0', 'AAA 1', 'CCC 1', 'BBB 0', 'BBB 1'])
    expect(log.recordsOf({ topic: 'dead-letters.ingest', partition: 0 })).toHaveLength(5)
  })

  test('replays a letter once, however often it is asked to', async () => {
    await replay(true)
    await ingestAll(fixed)
    printed = []
    await replay(true)
    expect(output()).toMatch(/@1 +VOLUME_MISSING +stays: replayed at 2026-01-01/)
    expect(output()).toContain('0 of 5 replayed')
    expect(rawBars()).toHaveLength(10)
    printed = []
    await listLetters(source(), {}, { limit: 5, json: false }, print)
    expect(output()).toMatch(/VOLUME_MISSING +3 +2 /)
  })

  test('leaves nothing of a replay that another one has shut out', async () => {
    const racing = withWriters(log, (id, writer) => ({
      commit: (content) => writer.commit(content),
      close: () => writer.close(),
      fence: async () => {
        await writer.fence()
        await (await log.writer(id)).fence()
      },
    }))
    const context = { source: { ...source(), log: racing }, market: fixed, sink: noSink, now }
    await expect(runReplay({ ids: [], filter: {}, yes: true }, context, print)).rejects.toMatchObject({
      code: 'FENCED',
    })
    expect(rawBars()).toHaveLength(8)
  })

  test('says with its exit code that a letter asked for by id stays', async () => {
    expect(await replay(true, ['ingest[0]@0'])).toBe(0)
    expect(await replay(true, ['ingest[0]@0'])).toBe(2)
  })

  test('stores the rows of what the sink has refused, in their own place', async () => {
    const [raw] = rawBars()
    if (!raw) throw new Error('no bar')
    const refusal = { reason: 'ROW_REJECTED', message: 'no' } as const
    log.produce([deadLetter(codec, { processor: 'sink', runId: 'live' }, bars, raw, refusal)])
    const stored: InputRecord[] = []
    let isBroken = true
    const sink = (): ChunkProcessor => ({
      async applyChunk(records, emits) {
        if (isBroken) emits(0).refuse({ reason: 'ROW_REJECTED', message: 'still no' })
        else stored.push(...records)
      },
    })
    await replay(true, [], { processor: 'sink' }, sink)
    expect(output()).toContain('stays: still cannot be stored: still no')
    isBroken = false
    await replay(true, [], { processor: 'sink' }, sink)
    await replay(true, [], { processor: 'sink' }, sink)
    expect(stored).toMatchObject([{ topic: 'market.bars', partition: 0, offset: 0, value: { symbol: 'AAA' } }])
  })

  test('does not touch what a processor behind ingest has passed, and says how it comes in', async () => {
    const [raw] = log.recordsOf({ topic: 'tape', partition: 0 })
    if (!raw) throw new Error('nothing on the tape')
    const refusal: Refusal = { reason: 'PROCESSING_FAILED', message: 'oops' }
    log.produce([
      deadLetter(codec, { processor: 'engine', runId: 'live' }, { topic: 'tape', partition: 0 }, raw, refusal),
    ])
    await replay(true, [], { processor: 'engine' })
    expect(output()).toContain('engine went on without it')
    expect(output()).toContain('`barline backfill --symbol AAA`')
  })
})

test('an id is read with or without the name of the topic', () => {
  expect(parseLetterId('dead-letters.sink[2]@31')).toEqual(parseLetterId('sink[2]@31'))
})
