import { describe, expect, test } from '@jest/globals'
import type { InputRecord } from '../../processors/processor.ts'
import { blocksOf, insertToken, lookupOf } from '../../sink/chunk-blocks.ts'
import { sampleRecord, sampleSchema, sampleTable } from './support/sample-table.ts'

const table = sampleTable()
const other = { ...sampleTable({ ...sampleSchema, name: 'Other' }), name: 'others' }
const tableOf = lookupOf([table, other])
const marker: InputRecord = {
  kind: 'marker',
  topic: 'test.samples',
  partition: 0,
  offset: 2,
  timestamp: 0,
  marker: { kind: 'clock', ts: 0, known_at: 0 },
}

describe('a chunk', () => {
  test('is split by table and partition, in offset order, without its markers', () => {
    const chunk: InputRecord[] = [
      sampleRecord(1),
      { ...sampleRecord(1), partition: 4 },
      marker,
      { ...sampleRecord(3), recordName: 'test.Other' },
      sampleRecord(5),
    ]
    const { blocks, homeless } = blocksOf(chunk, tableOf)
    expect(blocks.map((block) => [block.table.name, block.partition, block.records.map(({ index }) => index)])).toEqual(
      [
        ['samples', 0, [0, 4]],
        ['samples', 4, [1]],
        ['others', 0, [3]],
      ],
    )
    expect(homeless).toEqual([])
  })

  test('names the records that no table keeps', () => {
    const { homeless } = blocksOf([{ ...sampleRecord(9), recordName: 'test.Unknown' }], tableOf)
    expect(homeless).toMatchObject([{ index: 0, record: { offset: 9 } }])
  })

  test('must not have falling offsets', () => {
    expect(() => blocksOf([sampleRecord(5), sampleRecord(5)], tableOf)).toThrow('offset 5 after 5')
  })
})

describe('a token', () => {
  const rows = { table, partition: 2, offsets: [10, 11, 12, 13] }

  test('names table, encoding, topic, epoch, partition, offsets and count', () => {
    expect(insertToken(rows)).toBe(`test.samples:${table.schemaHash}:test.samples:3:2:all:10-13:4`)
  })

  test('differs as soon as one of them differs', () => {
    const variants = [
      rows,
      { ...rows, partition: 3 },
      { ...rows, offsets: [9, 10, 11, 12, 13] },
      { ...rows, offsets: [10, 11, 12, 13, 14] },
      { ...rows, offsets: [10, 11, 13] },
      { ...rows, table: { ...table, epoch: 4 } },
      { ...rows, table: { ...table, schemaHash: 'other' } },
      { ...rows, table: { ...table, database: 'other' } },
    ]
    expect(new Set(variants.map(insertToken)).size).toBe(variants.length)
  })

  test('tells as many records between the same two apart, or the second insert would be dropped as the first', () => {
    expect(insertToken({ ...rows, offsets: [10, 11, 13] })).not.toBe(insertToken({ ...rows, offsets: [10, 12, 13] }))
    expect(insertToken({ ...rows, offsets: [10, 11, 13] })).toBe(insertToken({ ...rows, offsets: [10, 11, 13] }))
  })
})
