import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type AbortedTransaction, committedRecords, offsetBehind } from '../../../streams/kafka/committed-records.ts'
import type { RecordBatch } from '../../../streams/kafka/protocol/record-batch.ts'

/** What a transaction's records turned out to be; `none`: written outside of any. */
type Fate = 'commit' | 'abort' | 'none'
type Written = { readonly batch: RecordBatch; readonly fate: Fate | 'control' }
type Partition = {
  readonly written: readonly Written[]
  readonly aborted: readonly (AbortedTransaction & { last: number })[]
}

/** A batch of one record. */
function batchAt(offset: number, producerId: number, inTransaction: boolean, controlType?: number): RecordBatch {
  const key = Buffer.alloc(4)
  if (controlType !== undefined) key.writeInt16BE(controlType, 2)
  return {
    firstOffset: offset,
    lastOffset: offset,
    producerId,
    inTransaction,
    isControl: controlType !== undefined,
    records: [{ offset, timestamp: 0, key: controlType === undefined ? null : key, value: null, headers: [] }],
  }
}

/** A partition as a broker would hold it: producers interleaved at random, the aborted list in the order of the aborts. */
function write(moves: readonly { producer: number; move: 'send' | 'commit' | 'abort' | 'plain' }[]): Partition {
  const open = new Map<number, number[]>()
  const written: Written[] = []
  const aborted: (AbortedTransaction & { last: number })[] = []
  const end = (producer: number, fate: 'commit' | 'abort') => {
    const offsets = open.get(producer)
    if (!offsets) return
    open.delete(producer)
    for (const offset of offsets) written[offset] = { batch: batchAt(offset, producer, true), fate }
    const last = written.length
    if (fate === 'abort') aborted.push({ producerId: producer, firstOffset: offsets[0] ?? 0, last })
    written.push({ batch: batchAt(last, producer, true, fate === 'abort' ? 0 : 1), fate: 'control' })
  }
  for (const { producer, move } of moves) {
    const offset = written.length
    if (move === 'commit' || move === 'abort') end(producer, move)
    else if (move === 'plain') written.push({ batch: batchAt(offset, producer + 100, false), fate: 'none' })
    else {
      open.set(producer, [...(open.get(producer) ?? []), offset])
      written.push({ batch: batchAt(offset, producer, true), fate: 'commit' })
    }
  }
  for (const producer of [...open.keys()]) end(producer, 'commit')
  return { written, aborted }
}

const partitions = fc
  .array(
    fc.record({
      producer: fc.integer({ min: 1, max: 4 }),
      move: fc.constantFrom('send', 'send', 'send', 'commit', 'abort', 'plain'),
    }),
    {
      maxLength: 40,
      size: 'max',
    },
  )
  .map((moves) => write(moves as Parameters<typeof write>[0]))

describe('the committed records of a response', () => {
  test('are those that no abort covers, wherever reading begins and in whatever order the aborts are listed', () => {
    fc.assert(
      fc.property(partitions, fc.nat(), fc.nat(3), ({ written, aborted }, pick, before) => {
        const from = pick % (written.length + 1)
        // A broker answers with whole batches, so records before the offset may come; and with the aborts that end in the response.
        const first = Math.max(0, from - before)
        const response = written.slice(first).map(({ batch }) => batch)
        const listed = aborted.filter(({ last }) => last >= first)
        const expected = written
          .filter(({ fate }, offset) => offset >= from && (fate === 'commit' || fate === 'none'))
          .map(({ batch }) => batch.firstOffset)
        expect(committedRecords(response, listed, from).map(({ offset }) => offset)).toEqual(expected)
        const reversed = [...listed].reverse()
        expect(committedRecords(response, reversed, from).map(({ offset }) => offset)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('are none when two interleaved transactions are aborted, the later one first, as kafkajs itself gets wrong', () => {
    const { written, aborted } = write([
      { producer: 1, move: 'send' },
      { producer: 2, move: 'send' },
      { producer: 1, move: 'send' },
      { producer: 2, move: 'send' },
      { producer: 2, move: 'abort' },
      { producer: 1, move: 'abort' },
    ])
    expect(aborted.map(({ firstOffset }) => firstOffset)).toEqual([1, 0])
    const batches = written.map(({ batch }) => batch)
    for (let from = 0; from < batches.length; from += 1) {
      expect(committedRecords(batches.slice(from), aborted, from)).toEqual([])
    }
  })

  test('leave out those of a producer from the begin of its abort to its abort marker, and not a record more', () => {
    const { written, aborted } = write([
      { producer: 1, move: 'send' },
      { producer: 2, move: 'send' },
      { producer: 1, move: 'abort' },
      { producer: 1, move: 'send' },
      { producer: 1, move: 'commit' },
      { producer: 2, move: 'abort' },
    ])
    const kept = committedRecords(
      written.map(({ batch }) => batch),
      aborted,
      0,
    )
    expect(kept.map(({ offset }) => offset)).toEqual([3])
  })
})

describe('the offset behind a response', () => {
  test('is that behind the last batch, whose last records may have been compacted away', () => {
    const last = { ...batchAt(4, 1, false), lastOffset: 9 }
    expect(offsetBehind([batchAt(3, 1, false), last])).toBe(10)
  })

  test('is that behind a batch of which compaction has left no record', () => {
    expect(offsetBehind([{ ...batchAt(4, 1, false), lastOffset: 6, records: [] }])).toBe(7)
  })

  test('is unknown for an empty response', () => {
    expect(offsetBehind([])).toBeUndefined()
  })
})
