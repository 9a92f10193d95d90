import { describe, expect, test } from '@jest/globals'
import type { DataRecord } from '../../processors/processor.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { ClickHouseUnavailableError } from '../../sink/errors.ts'
import { createSink, type SinkOptions } from '../../sink/sink.ts'
import { UnsettledInserts } from '../../sink/unsettled-inserts.ts'
import { refusalsByIndex, sampleRecord, sampleTable } from './support/sample-table.ts'

const table = sampleTable()
const { emits } = refusalsByIndex()
const topic = table.topic
const records = (from: number, to: number): DataRecord[] =>
  Array.from({ length: to - from }, (_, index) => sampleRecord(from + index))

/** A ClickHouse that drops an insert whose token it knows; while it is `failing` it keeps the token and not the rows. */
function forgetfulClickHouse() {
  const tokens = new Set<string>()
  const rows = new Set<number>()
  const state = { isFailing: false, lookUps: 0, error: new Error() as Error }
  const client = {
    async insert({ token }: { readonly token: string }) {
      const isKnown = tokens.has(token)
      tokens.add(token)
      if (state.isFailing) throw state.error
      const [, first, last] = /:(\d+)-(\d+):/.exec(token) ?? []
      if (!isKnown) for (let offset = Number(first); offset <= Number(last); offset += 1) rows.add(offset)
    },
    async rows(_sql: string, { from, to }: Readonly<Record<string, unknown>>) {
      state.lookUps += 1
      return [{ stored: [...rows].filter((offset) => offset >= Number(from) && offset < Number(to)).length }]
    },
  } as unknown as ClickHouse
  const sinkWith = (options: Partial<SinkOptions> = {}) =>
    createSink({ client, tables: [table], runId: 'live', attemptsPerInsert: 1, ...options })
  return { state, rows, sinkWith }
}

const unavailable = new ClickHouseUnavailableError({ operation: 'insert', serverCode: 243, text: 'no space' })

describe('an insert whose token ClickHouse knows and whose rows it lost', () => {
  // Nothing is looked up for a predecessor's sake behind the first chunk.
  const chunkRecords = 1

  test.each([
    ['not now', unavailable],
    ['something that nobody has classified', new Error('socket hang up')],
  ])('is stored by the next sink of the process, when the answer was %s', async (_what, error) => {
    const { state, rows, sinkWith } = forgetfulClickHouse()
    const unsettled = new UnsettledInserts()
    const first = sinkWith({ chunkRecords, unsettled })
    await first.applyChunk(records(0, 2), emits)
    Object.assign(state, { isFailing: true, error })
    await expect(first.applyChunk(records(2, 9), emits)).rejects.toBe(error)
    state.isFailing = false
    const second = sinkWith({ chunkRecords, unsettled })
    await second.applyChunk(records(0, 2), emits)
    await second.applyChunk(records(2, 9), emits)
    expect(rows.size).toBe(9)
  })

  test('is looked up however the rows before it are cut, and then no more', async () => {
    const { state, rows, sinkWith } = forgetfulClickHouse()
    const sink = sinkWith({ chunkRecords })
    await sink.applyChunk(records(0, 2), emits)
    Object.assign(state, { isFailing: true, error: unavailable, lookUps: 0 })
    await expect(sink.applyChunk(records(4, 9), emits)).rejects.toBe(unavailable)
    state.isFailing = false
    await sink.applyChunk(records(2, 4), emits)
    await sink.applyChunk(records(4, 9), emits)
    expect([rows.size, state.lookUps]).toEqual([9, 3])
    await sink.applyChunk(records(9, 12), emits)
    expect([rows.size, state.lookUps]).toEqual([12, 3])
  })

  test.each([
    ['where the position stands', [[0, 5]]],
    [
      'behind what the next one stores in its first chunk',
      [
        [0, 2],
        [2, 5],
      ],
    ],
  ] as const)('is stored by the next process, %s', async (_where, chunks) => {
    const { state, rows, sinkWith } = forgetfulClickHouse()
    const [from, to] = chunks.at(-1) ?? [0, 0]
    Object.assign(state, { isFailing: true, error: unavailable })
    await expect(sinkWith().applyChunk(records(from, to), emits)).rejects.toBe(unavailable)
    state.isFailing = false
    const next = sinkWith({ chunkRecords: 5 })
    for (const [first, end] of chunks) await next.applyChunk(records(first, end), emits)
    expect(rows.size).toBe(5)
  })
})

describe('what no predecessor can have tried is not looked up:', () => {
  const lookUpsOf = async (options: Partial<SinkOptions>, end?: number): Promise<number[]> => {
    const { state, sinkWith } = forgetfulClickHouse()
    const sink = sinkWith({ ...options, audit: async () => [0] })
    const input = { topic, partition: 0, from: 0, to: 0, kept: 0, read: async function* () {} }
    if (end !== undefined) await sink.audit?.([{ ...input, end }])
    const counts: number[] = []
    for (let from = 0; from < 8; from += 2) {
      await sink.applyChunk(records(from, from + 2), emits)
      counts.push(state.lookUps)
    }
    return counts
  }

  test('behind a chunk of the largest size', async () => {
    expect(await lookUpsOf({ chunkRecords: 4 })).toEqual([1, 2, 2, 2])
  })

  test('behind the end that the log had when the task opened, but for the first chunk', async () => {
    expect(await lookUpsOf({ chunkRecords: 100 }, 4)).toEqual([1, 2, 2, 2])
    expect(await lookUpsOf({ chunkRecords: 100 }, 0)).toEqual([1, 1, 1, 1])
  })

  test('unless the size of its chunks is not known', async () => {
    expect(await lookUpsOf({}, 0)).toEqual([1, 2, 3, 4])
  })
})
