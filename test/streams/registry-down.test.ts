import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openCodec, type RecordCodec } from '../../avro/codec.ts'
import { registerAll } from '../../avro/registration.ts'
import { loadSchemas } from '../../avro/schemas.ts'
import type { FoldDefinition } from '../../streams/definition.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { Worker } from '../../streams/worker.ts'
import { FakeRegistry } from '../avro/fake-registry.ts'
import { isCaughtUp, testWorker } from './support/run-workers.ts'
import { waitUntil } from './support/wait-until.ts'

const bar = {
  ...{ symbol: 'AAPL', timeframe: '1d', ts_open: 0, ts_close: 1, known_at: 1, source: 'test' },
  ...{ open: 1, high: 1, low: 1, close: 1, volume: 1 },
}
const where = { topic: 'market.bars', partition: 0 }
const letters = { topic: 'dead-letters.ingest', partition: 0 }

let registry: FakeRegistry
let codec: RecordCodec
let log: MemoryLog
let worker: Worker
let closes: number[]
let waits: unknown[]

/** Takes what it can read of `market.bars`. */
const definition: FoldDefinition = {
  name: 'ingest',
  kind: 'fold',
  fanIn: false,
  inputs: ['market.bars'],
  create: () => ({
    select: ([head]) => (head?.record ? 0 : undefined),
    apply: (record) => {
      if (record.kind === 'data') closes.push(Number(record.value.close))
    },
  }),
}

beforeEach(async () => {
  registry = new FakeRegistry()
  await registry.start()
  await registerAll({ registryUrl: registry.url })
  codec = await openCodec({ registryUrl: registry.url })
  log = new MemoryLog({ partitions: 1 })
  closes = []
  waits = []
  const onEvent = (event: string, { code }: Record<string, unknown>) => {
    if (event === 'input-waiting') waits.push(code)
  }
  worker = testWorker({ definition, log, codec, partitions: 1, onEvent })
  worker.finished.catch(() => undefined)
  await worker.start()
})

afterEach(async () => {
  await worker.stop()
  await registry.stop()
})

/** A bar under a schema id. */
function barUnder(schemaId: number, close: number) {
  const value = Buffer.from(codec.encode('market.bars', 'barline.market.Bar', { ...bar, close }))
  value.writeInt32BE(schemaId, 1)
  return { ...where, key: Buffer.from('AAPL'), value, timestamp: 1, headers: {} }
}

const bars = (schemaId: number, count: number) => Array.from({ length: count }, (_, index) => barUnder(schemaId, index))

/** A schema of bars that the worker has not seen. */
const newSchema = (doc: string): string => JSON.stringify({ ...loadSchemas().get('barline.market.Bar'), doc })

async function answerWith(failure: number | undefined): Promise<void> {
  registry.failure = failure
}

const caughtUp = () => waitUntil('the end', () => isCaughtUp(log, definition, 1))

describe('a schema id', () => {
  test('that the registry does not have costs one request, and a dead letter for each of its records', async () => {
    log.produce(bars(9_999, 300))
    log.produce([barUnder(9_998, 1)])
    await caughtUp()
    const reasons = log.recordsOf(letters).map(({ headers }) => String(headers[0]?.value))
    expect(reasons).toEqual(Array.from({ length: 301 }, () => 'UNKNOWN_SCHEMA'))
    expect([registry.count('GET /schemas/ids/9999'), registry.count('GET /schemas/ids/9998')]).toEqual([1, 1])
    expect(waits).toEqual([])
  })

  test.each([
    ['answers 503', () => answerWith(503), () => answerWith(undefined)],
    ['refuses connections', () => registry.stop(), () => registry.start()],
  ])(
    'that cannot be asked for, since the registry %s, pauses the worker and refuses nothing',
    async (_how, fail, recover) => {
      const id = registry.add(newSchema('Later.'))
      await fail()
      log.produce(bars(id, 3_000))
      await waitUntil('some tries', () => waits.length >= 3)
      expect(new Set(waits)).toEqual(new Set(['REGISTRY_UNAVAILABLE']))
      expect(worker.status.tasks[0]?.buffered).toBe(0)
      expect(worker.status.state).toBe('running')
      await recover()
      await caughtUp()
      expect(closes).toEqual(Array.from({ length: 3_000 }, (_, index) => index))
      expect(log.recordsOf(letters)).toEqual([])
      // Started again, the registry is asked once.
      const asked = registry.count(`GET /schemas/ids/${id}`)
      log.produce(bars(id, 10))
      await caughtUp()
      expect(registry.count(`GET /schemas/ids/${id}`)).toBe(asked)
    },
  )

  test('that is known goes on being read while the registry is down', async () => {
    log.produce([barUnder(codec.encode('market.bars', 'barline.market.Bar', bar).readInt32BE(1), 1)])
    await caughtUp()
    await registry.stop()
    log.produce([barUnder(codec.encode('market.bars', 'barline.market.Bar', bar).readInt32BE(1), 2)])
    await caughtUp()
    await sleep(20)
    expect([closes, waits]).toEqual([[1, 2], []])
    await registry.start()
  })
})
