import { describe, expect, test } from '@jest/globals'
import { type EncodedRow, RunDiffersError, RunWriter } from '../../../cli/backfill/run-writer.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { OutgoingRecord } from '../../../streams/port.ts'

const runId = 'backfill-0123456789abcdef'
const topic = `indicators.${runId}`

const rows = (...texts: string[]): EncodedRow[] =>
  texts.map((text) => ({
    output: { topic: 'indicators', key: 'AAA', recordName: 'r', value: {}, timestamp: 1 },
    value: Buffer.from(text),
  }))
const end: OutgoingRecord = {
  topic: 'runs',
  partition: 0,
  key: Buffer.from('AAA'),
  value: Buffer.from('finished'),
  timestamp: 1,
  headers: {},
}
const textsOf = (log: MemoryLog, where: string) =>
  log.recordsOf({ topic: where, partition: 0 }).map(({ value }) => String(value))

/** A log on which the run has been begun. */
async function begun(): Promise<MemoryLog> {
  const log = new MemoryLog({ partitions: 1 })
  const writer = await RunWriter.open(log, runId)
  expect(await writer.write(rows('a', 'b'))).toBe(2)
  return log
}

describe('the writer of a run', () => {
  test('passes over the rows that are there, and says with the last ones that the run is finished', async () => {
    const log = await begun()
    const writer = await RunWriter.open(log, runId)
    expect(await writer.write(rows('a'))).toBe(0)
    expect(await writer.finish(rows('b', 'c'), end)).toBe(1)
    expect(textsOf(log, topic)).toEqual(['a', 'b', 'c'])
    expect(textsOf(log, 'runs')).toEqual(['finished'])
  })

  test('shuts out who wrote before', async () => {
    const log = await begun()
    const first = await RunWriter.open(log, runId)
    await RunWriter.open(log, runId)
    await expect(first.write(rows('a', 'b', 'c'))).rejects.toMatchObject({ code: 'FENCED' })
    expect(textsOf(log, topic)).toEqual(['a', 'b'])
  })

  test('refuses to go on with a run of other rows, of fewer, or of more than it was finished with', async () => {
    const log = await begun()
    const open = () => RunWriter.open(log, runId)
    const sealed = await open()
    sealed.seal()
    await expect(sealed.write(rows('a', 'b', 'c'))).rejects.toThrow(RunDiffersError)
    await expect((await open()).write(rows('a', 'B', 'c'))).rejects.toThrow(RunDiffersError)
    await expect((await open()).finish(rows('a'), end)).rejects.toThrow(RunDiffersError)
    expect(textsOf(log, topic)).toEqual(['a', 'b'])
    expect(textsOf(log, 'runs')).toEqual([])
  })
})
