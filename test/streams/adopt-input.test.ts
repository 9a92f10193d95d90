import { afterEach, describe, expect, test } from '@jest/globals'
import { adoptInput } from '../../streams/adopt-input.ts'
import type { FoldDefinition } from '../../streams/definition.ts'
import type { Worker } from '../../streams/worker.ts'
import { dataRecord } from './support/json-codec.ts'
import { contentOf, filledLog, partitions, runToEnd, testWorker } from './support/run-workers.ts'
import { fanInDefinition, mergeDefinition } from './support/small-processors.ts'
import { waitUntil } from './support/wait-until.ts'

const leftAlone: FoldDefinition = { ...mergeDefinition, inputs: ['left'] }
const ofEngine = { processor: 'engine', fanIn: false, partitions, inputs: ['left', 'right'], topic: 'right' }

const running: Worker[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((worker) => worker.stop()))
})

function worker(options: Parameters<typeof testWorker>[0]): Worker {
  const made = testWorker(options)
  running.push(made)
  return made
}

describe('a processor that is given one more input', () => {
  test('does not start, and names the command that takes it on', async () => {
    const log = filledLog(1, 30)
    await runToEnd(log, [testWorker({ definition: leftAlone, log })], leftAlone)
    const refused = worker({ definition: mergeDefinition, log })
    await refused.start()
    await expect(refused.finished).rejects.toMatchObject({
      code: 'INPUT_WITHOUT_OFFSET',
      message: expect.stringContaining('`barline topics adopt engine right`'),
    })
  })

  test('reads it from its oldest record once it is adopted', async () => {
    const log = filledLog(2, 30)
    await runToEnd(log, [testWorker({ definition: leftAlone, log })], leftAlone)
    const before = contentOf(log, 'merged')
    const adopted = await adoptInput({ log, ...ofEngine })
    expect(adopted.map(({ topic, offset }) => [topic, offset])).toEqual(Array(partitions).fill(['right', 0]))
    await runToEnd(log, [testWorker({ definition: mergeDefinition, log })], mergeDefinition)
    const after = contentOf(log, 'merged')
    for (const [partition, content] of before.entries()) {
      expect(after[partition]?.slice(0, content.length)).toEqual(content)
      expect(after[partition]?.length).toBeGreaterThan(content.length)
    }
  })

  test('is adopted once: again there is nothing to do', async () => {
    const log = filledLog(3, 10)
    await runToEnd(log, [testWorker({ definition: leftAlone, log })], leftAlone)
    await adoptInput({ log, ...ofEngine })
    expect(await adoptInput({ log, ...ofEngine })).toEqual([])
  })

  test('shuts out a worker that still runs without it', async () => {
    const log = filledLog(4, 10)
    const codes: unknown[] = []
    const zombie = worker({
      definition: leftAlone,
      log,
      onEvent: (event, { code }) => event === 'task-failed' && codes.push(code),
    })
    await zombie.start()
    await waitUntil('positions to be committed', async () => {
      return (await log.committed('engine', [{ topic: 'left', partition: 0 }])).size > 0
    })
    await adoptInput({ log, ...ofEngine })
    log.produce([dataRecord('left', 0, 'k', 1_000_001)])
    await waitUntil('the worker to be fenced', () => codes.includes('FENCED'))
  })

  test('may be a fan-in processor, whose one task takes all partitions', async () => {
    const log = filledLog(5, 10)
    await runToEnd(log, [testWorker({ definition: fanInDefinition, log })], fanInDefinition)
    const ofBreadth = { ...ofEngine, processor: 'breadth', fanIn: true }
    expect(await adoptInput({ log, ...ofBreadth })).toHaveLength(partitions)
    expect(await adoptInput({ log, ...ofBreadth })).toEqual([])
  })
})

describe('an adoption is refused', () => {
  test('of a topic that the processor does not read', async () => {
    const log = filledLog(6, 10)
    await expect(adoptInput({ log, ...ofEngine, topic: 'elsewhere' })).rejects.toMatchObject({
      code: 'ADOPTION_REFUSED',
      message: 'engine does not read elsewhere; its inputs are left, right',
    })
  })

  test('of a processor that has never run', async () => {
    await expect(adoptInput({ log: filledLog(7, 10), ...ofEngine })).rejects.toMatchObject({ code: 'ADOPTION_REFUSED' })
  })
})
