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
  const range = { table, partition: 2, firstOffset: 10, lastOffset: 19, count: 7 }

  test('names table, encoding, topic, epoch, partition, offsets and count', () => {
    expect(insertToken(range)).toBe(`test.samples:${table.schemaHash}:test.samples:3:2:10-19:7`)
  })

  test('differs as soon as one of them differs', () => {
    const variants = [
      range,
      { ...range, partition: 3 },
      { ...range, firstOffset: 11 },
      { ...range, lastOffset: 20 },
      { ...range, count: 8 },
      { ...range, table: { ...table, epoch: 4 } },
      { ...range, table: { ...table, schemaHash: 'other' } },
      { ...range, table: { ...table, database: 'other' } },
    ]
    expect(new Set(variants.map(insertToken)).size).toBe(variants.length)
  })
})
