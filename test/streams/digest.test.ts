import { describe, expect, test } from '@jest/globals'
import { digestTopic } from '../../streams/digest.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { OutgoingRecord } from '../../streams/port.ts'
import { markerRecord } from './support/json-codec.ts'

const partitions = 2

function record(partition: number, body: string, more: Partial<OutgoingRecord> = {}): OutgoingRecord {
  const value = Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), Buffer.from(body)])
  return { topic: 'tape', partition, key: Buffer.from('IBM'), value, timestamp: 1, headers: {}, ...more }
}

const records = [record(0, 'aa'), record(1, 'bb'), record(0, 'cc'), record(1, 'dd', { headers: { 'contract.p': '1' } })]

async function digestOf(
  ...transactions: OutgoingRecord[][]
): Promise<{ sha256: string; dataRecords: number; markers: number }> {
  const log = new MemoryLog({ partitions })
  for (const each of transactions) log.produce(each)
  const { sha256, dataRecords, markers } = await digestTopic(log, 'tape', partitions, async (_topic, value) => {
    return `schema ${String(value?.readInt32BE(1)).padStart(2, '0').at(-1) === '9' ? 'other' : 'one'}`
  })
  return { sha256, dataRecords, markers }
}

describe('the digest of a topic', () => {
  test('is the same however the records were cut into transactions', async () => {
    const whole = await digestOf(records)
    expect(whole).toMatchObject({ dataRecords: 4, markers: 0 })
    expect(await digestOf(...records.map((each) => [each]))).toEqual(whole)
  })

  test('is the same with and without markers, which it counts apart', async () => {
    const [a, ...rest] = records
    if (!a) throw new Error('No records')
    const marked = await digestOf([markerRecord('tape', 0, 1), a], [markerRecord('tape', 1, 2)], rest)
    expect(marked).toEqual({ ...(await digestOf(records)), markers: 2 })
  })

  test('is the same under other schema ids of the same schema, other times and other headers', async () => {
    const changed = records.map((each) => {
      const value = Buffer.from(each.value)
      value.writeInt32BE(7, 1)
      return { ...each, value, timestamp: 99, headers: { ...each.headers, trace: 'x' } }
    })
    expect(await digestOf(changed)).toEqual(await digestOf(records))
  })

  test('does not depend on how partitions interleaved', async () => {
    const byPartition = [...records].sort((a, b) => a.partition - b.partition)
    expect(await digestOf(byPartition)).toEqual(await digestOf(records))
  })

  test.each([
    { change: 'a byte of a body', changed: { value: record(0, 'ab').value } },
    { change: 'a key', changed: { key: Buffer.from('IBN') } },
    { change: 'the schema', changed: { value: Buffer.from([0, 0, 0, 0, 9, 0x61, 0x61]) } },
    { change: 'a contract header', changed: { headers: { 'contract.p': '2' } } },
    { change: 'the partition', changed: { partition: 1 } },
  ])('differs when $change changed', async ({ changed }) => {
    const [first, ...rest] = records
    if (!first) throw new Error('No records')
    expect((await digestOf([{ ...first, ...changed }, ...rest])).sha256).not.toBe((await digestOf(records)).sha256)
  })

  test('differs when a record is missing, twice, or in another place', async () => {
    const [a, b, c, d] = records
    if (!a || !b || !c || !d) throw new Error('No records')
    const digests = await Promise.all([
      digestOf(records),
      digestOf([a, b, c]),
      digestOf([a, a, b, c, d]),
      digestOf([c, b, a, d]),
      digestOf([record(0, 'aacc'), b, d]),
    ])
    expect(new Set(digests.map(({ sha256 }) => sha256)).size).toBe(digests.length)
  })
})
