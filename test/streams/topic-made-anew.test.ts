import { afterEach, describe, expect, test } from '@jest/globals'
import { codeOf } from '../../streams/errors.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { partitionKey } from '../../streams/port.ts'
import { usableState } from '../../streams/snapshots/snapshot-fault.ts'
import { STATE_FORM } from '../../streams/snapshots/state-bytes.ts'
import { committedPositions } from '../../streams/task-inputs.ts'
import { dataRecord } from './support/json-codec.ts'

const tape = { topic: 'tape', partition: 0 }
const other = { topic: 'other', partition: 0 }
const mark = { topic: 'dead-letters.engine', partition: 0 }

const logs: MemoryLog[] = []
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()))
})

function logWithTape(): MemoryLog {
  const log = new MemoryLog({ partitions: 1 })
  logs.push(log)
  log.produce([dataRecord('tape', 0, 'A', 1), dataRecord('tape', 0, 'A', 2)])
  return log
}

/** Where a task of these inputs goes on, once fenced; or the code of its refusal. */
async function opened(log: MemoryLog, inputs = [tape]): Promise<number[] | string> {
  const writer = await log.writer('engine-0')
  await writer.fence()
  return committedPositions(log, writer, 'engine', inputs).then(
    ({ positions }) => positions.map(({ offset }) => offset),
    (error: unknown) => `${codeOf(error)}: ${String(error)}`,
  )
}

async function commit(log: MemoryLog, offset: number): Promise<void> {
  const writer = await log.writer('engine-0')
  await writer.fence()
  await writer.commit({ records: [], offsets: { group: 'engine', positions: [{ ...tape, offset }] } })
}

describe('a task whose only input was deleted and made anew, positions and all', () => {
  test('is refused, though nothing is committed on its input', async () => {
    const log = logWithTape()
    expect(await opened(log)).toEqual([0])
    await commit(log, 2)
    log.deleteTopic('tape')
    log.produce([dataRecord('tape', 0, 'A', 3)])
    expect(await opened(log)).toMatch(/^STATE_LOST: .*positions on tape\[0\] are gone.*made anew/)
    expect((await log.committed('engine', [tape])).size).toBe(0)
  })

  test('is refused too when it began before there was a mark of that', async () => {
    const log = logWithTape()
    await commit(log, 2)
    expect(await opened(log)).toEqual([2])
    log.deleteTopic('tape')
    expect(await opened(log)).toMatch(/^STATE_LOST/)
  })

  test('begins again once its group was deleted on purpose', async () => {
    const log = logWithTape()
    await opened(log)
    log.deleteTopic('tape')
    log.deleteTopic(mark.topic)
    expect(await opened(log)).toEqual([0])
  })
})

test('of a task with several inputs, the one that was made anew is named', async () => {
  const log = logWithTape()
  await opened(log, [tape, other])
  log.deleteTopic('tape')
  expect(await opened(log, [tape, other])).toMatch(/^INPUT_WITHOUT_OFFSET: .*none for tape\[0\]: .*made anew/)
})

test('a task that reads its own dead letters commits no position on them but that of an input', async () => {
  const log = logWithTape()
  log.produce([dataRecord(mark.topic, 0, 'A', 1)])
  expect(await opened(log, [tape, mark])).toEqual([0, 0])
  expect((await log.committed('engine', [mark])).get(partitionKey(mark))).toBe(0)
})

test.each([
  [true, 'RECORDS_GONE'],
  [false, 'FUTURE_OFFSET'],
])('a snapshot that saw more of the output than there is (which holds the state: %s): %s', (isState, reason) => {
  const identity = { layout_hash: 'l', definition: 'd', release: 'r' }
  const positions = { 'tape[0]': 0, 'other[0]': 9 }
  const manifest = { ...identity, generation: 1, pieces: 0, bytes: 0, sha256: '', form: STATE_FORM, positions }
  const starts = [{ ...tape, offset: 0 }]
  const outputs = [{ ...other, start: 0, end: 4, isState }]
  const verdict = usableState({ slot: 'a', manifest, pieces: [] }, { identity, starts, committed: starts, outputs })
  expect(verdict).toMatchObject({ ignored: { reason } })
})
