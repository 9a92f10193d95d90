import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ClickHouse, InsertRequest } from '../../sink/clickhouse-client.ts'
import { ClickHouseRejectedError, ClickHouseUnavailableError } from '../../sink/errors.ts'
import { createRowEncoder } from '../../sink/row-binary.ts'
import { createSink } from '../../sink/sink.ts'
import { refusalsByIndex, sampleRecord, sampleTable } from './support/sample-table.ts'

const table = sampleTable()
const headerSize = createRowEncoder(table, 'live').header.byteLength

/** A ClickHouse that keeps tokens and bytes of what it takes, and throws what `judge` gives it. */
function recordingClickHouse(judge: (request: InsertRequest, rows: string) => Error | undefined = () => undefined) {
  const taken: Array<{ token: string; bytes: number }> = []
  let inserts = 0
  const unused = (): never => {
    throw new Error('not used by the sink')
  }
  const client: ClickHouse = {
    command: unused,
    // Asked after an insert that may be a repetition; it has them all.
    rows: async <Row>() => [{ stored: Number.MAX_SAFE_INTEGER }] as Row[],
    stream: unused,
    close: async () => {},
    async insert(request) {
      inserts++
      const rows = Buffer.concat(request.body).subarray(headerSize)
      const error = judge(request, rows.toString('latin1'))
      if (error) throw error
      taken.push({ token: request.token.replace(/.*:/s, (found) => found), bytes: rows.length })
    },
  }
  return {
    client,
    taken,
    inserts: () => inserts,
    places: () => taken.map(({ token }) => token.split(':').slice(-2).join(' x')),
  }
}

const rejection = new ClickHouseRejectedError({ about: 'rows', operation: 'insert', serverCode: 469, text: 'bad row' })
const poison = (offset: number) => sampleRecord(offset, { note: '<poison>' })
const rejectPoison = (_: InsertRequest, rows: string) => (rows.includes('<poison>') ? rejection : undefined)

describe('the sink', () => {
  test('stores a chunk with one insert a table and partition', async () => {
    const { client, places } = recordingClickHouse()
    const { emits, refusals } = refusalsByIndex()
    await createSink({ client, tables: [table], runId: 'live' }).applyChunk(
      [3, 5, 9].map((at) => sampleRecord(at)),
      emits,
    )
    expect(places()).toEqual(['3-9 x3'])
    expect(refusals.size).toBe(0)
  })

  test('cuts a large chunk by rows and by bytes, at the same places each time', async () => {
    const chunk = Array.from({ length: 10 }, (_, offset) => sampleRecord(offset))
    for (const limit of [{ maxRowsPerInsert: 4 }, { maxBytesPerInsert: 250 }]) {
      const runs = [recordingClickHouse(), recordingClickHouse()]
      for (const { client } of runs) {
        const sink = createSink({ client, tables: [table], runId: 'live', ...limit })
        await sink.applyChunk(chunk, refusalsByIndex().emits)
      }
      expect(runs[0]?.taken).toEqual(runs[1]?.taken)
      expect(runs[0]?.taken.length).toBeGreaterThan(2)
    }
  })

  test('refuses a row that cannot be encoded and stores the rest', async () => {
    const { client, places } = recordingClickHouse()
    const { emits, refusals } = refusalsByIndex()
    const chunk = [sampleRecord(1), sampleRecord(2, { price: 'much' }), sampleRecord(3)]
    await createSink({ client, tables: [table], runId: 'live' }).applyChunk(chunk, emits)
    expect(places()).toEqual(['1-3 x2'])
    expect([...refusals]).toEqual([
      [
        1,
        {
          reason: 'ROW_REJECTED',
          message: 'Table samples cannot keep test.samples[0]@2: price: "much", not a value of Float64',
        },
      ],
    ])
  })

  test('refuses a record that no table keeps', async () => {
    const { emits, refusals } = refusalsByIndex()
    const sink = createSink({ client: recordingClickHouse().client, tables: [table], runId: 'live' })
    await sink.applyChunk([{ ...sampleRecord(1), recordName: 'test.New' }], emits)
    expect(refusals.get(0)).toMatchObject({ reason: 'UNEXPECTED_RECORD' })
  })

  test('finds the rows that ClickHouse rejects, whichever they are, and stores all others once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (bad) => {
        const { client, taken } = recordingClickHouse(rejectPoison)
        const { emits, refusals } = refusalsByIndex()
        const chunk = bad.map((isBad, offset) => (isBad ? poison(offset) : sampleRecord(offset)))
        await createSink({ client, tables: [table], runId: 'live' }).applyChunk(chunk, emits)
        expect([...refusals.keys()].sort((a, b) => a - b)).toEqual(
          bad.flatMap((isBad, index) => (isBad ? [index] : [])),
        )
        const stored = taken.reduce((sum, { token }) => sum + Number(token.split(':').at(-1)), 0)
        expect(stored).toBe(bad.filter((isBad) => !isBad).length)
      }),
      { numRuns: 50 },
    )
  })

  test('stops instead of refusing when too much of a batch is rejected', async () => {
    const { client, inserts } = recordingClickHouse(() => rejection)
    const sink = createSink({ client, tables: [table], runId: 'live', maxInsertsPerBatch: 20 })
    const chunk = Array.from({ length: 100 }, (_, offset) => poison(offset))
    await expect(sink.applyChunk(chunk, refusalsByIndex().emits)).rejects.toBe(rejection)
    expect(inserts()).toBe(20)
  })

  test('refuses nothing when the statement is at fault', async () => {
    const error = new ClickHouseRejectedError({
      about: 'statement',
      operation: 'insert',
      serverCode: 60,
      text: 'no table',
    })
    const { client, inserts } = recordingClickHouse(() => error)
    const { emits, refusals } = refusalsByIndex()
    await expect(
      createSink({ client, tables: [table], runId: 'live' }).applyChunk([sampleRecord(1)], emits),
    ).rejects.toBe(error)
    expect([inserts(), refusals.size]).toEqual([1, 0])
  })

  test('throws what is retriable, and the same chunk then goes in with the same tokens', async () => {
    let down = true
    const busy = new ClickHouseUnavailableError({ operation: 'insert', serverCode: 252, text: 'too many parts' })
    const { client, places } = recordingClickHouse(() => (down ? busy : undefined))
    const sink = createSink({ client, tables: [table], runId: 'live' })
    const chunk = [sampleRecord(1), sampleRecord(2)]
    await expect(sink.applyChunk(chunk, refusalsByIndex().emits)).rejects.toMatchObject({ retriable: true })
    down = false
    await sink.applyChunk(chunk, refusalsByIndex().emits)
    expect(places()).toEqual(['1-2 x2'])
  })

  test('does not write a dead letter about one of its own dead letters', async () => {
    const own = { ...table, topic: 'dead-letters.sink' }
    const { client } = recordingClickHouse(rejectPoison)
    const { emits, refusals } = refusalsByIndex()
    const sink = createSink({ client, tables: [own], runId: 'live' })
    await expect(sink.applyChunk([{ ...poison(1), topic: own.topic }], emits)).rejects.toThrow(
      'cannot keep dead-letters.sink[0]@1',
    )
    expect(refusals.size).toBe(0)
  })
})
