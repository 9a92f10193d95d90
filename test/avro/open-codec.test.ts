import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { openCodec, type RecordCodec } from '../../avro/codec.ts'
import { registerAll } from '../../avro/registration.ts'
import { loadSchemas, type RecordSchema } from '../../avro/schemas.ts'
import { FakeRegistry } from './fake-registry.ts'

const TTL_MS = 300_000
const bar = {
  symbol: 'AAPL',
  timeframe: '1d',
  ts_open: 0,
  ts_close: 1,
  known_at: 1,
  open: 1,
  high: 1,
  low: 1,
  close: 1,
  volume: 1,
  source: 'test',
}

let registry: FakeRegistry
let now = 0
let codec: RecordCodec

const registered = new FakeRegistry()

beforeAll(async () => {
  await registered.start()
  await registerAll({ registryUrl: registered.url, topicPrefix: 'x-' })
  await registered.stop()
})

beforeEach(async () => {
  registry = new FakeRegistry(registered)
  now = 0
  await registry.start()
  codec = await openCodec({ registryUrl: registry.url, topicPrefix: 'x-', absentTtlMs: TTL_MS, now: () => now })
})

afterEach(() => registry.stop())

function currentBar(): RecordSchema {
  const schema = loadSchemas().get('barline.market.Bar')
  if (!schema) throw new Error('no schema of bars')
  return schema
}

/** The bytes of a bar under another schema id. */
function under(
  schemaId: number,
  body: Buffer = codec.encode('market.bars', 'barline.market.Bar', bar).subarray(5),
): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeInt32BE(schemaId, 1)
  return Buffer.concat([prefix, body])
}

describe('opening', () => {
  test('encodes with the ids of the registry', () => {
    const id = registry.versions.get('x-market.bars-value')?.[0]
    const bytes = codec.encode('market.bars', 'barline.market.Bar', bar)
    expect(bytes[0]).toBe(0)
    expect(bytes.readInt32BE(1)).toBe(id)
    expect(codec.decode('market.bars', bytes)).toMatchObject({ kind: 'value', value: bar })
  })

  test('names subject and remedy when a schema is not registered', async () => {
    registry.versions.delete('x-scores-value')
    await expect(openCodec({ registryUrl: registry.url, topicPrefix: 'x-' })).rejects.toMatchObject({
      code: 'SCHEMA_NOT_REGISTERED',
      retriable: false,
      subject: 'x-scores-value',
      message: expect.stringContaining('run `barline topics provision`'),
    })
  })

  test('names the subject whose compatibility level is another', async () => {
    registry.levels.set('x-tape-barline.Marker', 'BACKWARD')
    await expect(openCodec({ registryUrl: registry.url, topicPrefix: 'x-' })).rejects.toMatchObject({
      code: 'REGISTRY_COMPATIBILITY',
      message:
        'Subject x-tape-barline.Marker has compatibility BACKWARD in force, wanted FULL_TRANSITIVE: run `barline topics provision`',
    })
  })

  test('says that the registry is down, retriably', async () => {
    await registry.stop()
    await expect(openCodec({ registryUrl: registry.url })).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      retriable: true,
    })
  })

  test('passes on user and password of the URL', async () => {
    const url = registry.url.replace('http://', 'http://ann:s%40cret@')
    await openCodec({ registryUrl: url, topicPrefix: 'x-' })
    expect(registry.authorization).toBe(`Basic ${Buffer.from('ann:s@cret').toString('base64')}`)
  })
})

describe('an unknown schema id', () => {
  test('that the registry does not have is asked for once per time to live', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await codec.learn(999)
      expect(codec.decode('market.bars', under(999))).toEqual({
        kind: 'refused',
        refusal: { reason: 'UNKNOWN_SCHEMA', message: 'the registry has no schema 999' },
      })
    }
    expect(registry.count('GET /schemas/ids/999')).toBe(1)
    now = TTL_MS
    expect(codec.decode('market.bars', under(999))).toEqual({ kind: 'unknown-id', schemaId: 999 })
    await codec.learn(999)
    expect(registry.count('GET /schemas/ids/999')).toBe(2)
  })

  test('that appears later is read after the time to live', async () => {
    const id = registry.schemas.length + 1
    await codec.learn(id)
    registry.add(JSON.stringify({ ...currentBar(), doc: 'Late.' }))
    expect(codec.decode('market.bars', under(id))).toMatchObject({ kind: 'refused' })
    now = TTL_MS
    await codec.learn(id)
    expect(codec.decode('market.bars', under(id))).toMatchObject({ kind: 'value', value: bar })
  })

  test('is fetched once for concurrent calls', async () => {
    const id = registry.add(JSON.stringify({ ...currentBar(), doc: 'Concurrent.' }))
    await Promise.all(Array.from({ length: 20 }, () => codec.learn(id)))
    expect(registry.count(`GET /schemas/ids/${id}`)).toBe(1)
    await codec.learn(id)
    expect(registry.count(`GET /schemas/ids/${id}`)).toBe(1)
  })

  test.each([500, 503, 429, 401])(
    'is retriable while the registry answers %d, and learned afterwards',
    async (status) => {
      const id = registry.add(JSON.stringify({ ...currentBar(), doc: 'Later.' }))
      registry.failure = status
      await expect(codec.learn(id)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retriable: true, status })
      expect(codec.decode('market.bars', under(id))).toEqual({ kind: 'unknown-id', schemaId: id })
      registry.failure = undefined
      await codec.learn(id)
      expect(codec.decode('market.bars', under(id))).toMatchObject({ kind: 'value' })
    },
  )

  test('is not taken for absent when something else answers 404', async () => {
    registry.plainNotFound = true
    await expect(codec.learn(999)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retriable: true, status: 404 })
  })

  test('is learned after the registry has been restarted', async () => {
    const id = registry.add(JSON.stringify({ ...currentBar(), doc: 'Restarted.' }))
    await registry.stop()
    await expect(codec.learn(id)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retriable: true })
    await registry.start()
    await codec.learn(id)
    expect(codec.decode('market.bars', under(id))).toMatchObject({ kind: 'value', value: bar })
  })
})

describe('a writer with another schema', () => {
  const learned = async (schema: unknown): Promise<number> => {
    const id = registry.add(typeof schema === 'string' ? schema : JSON.stringify(schema))
    await codec.learn(id)
    return id
  }

  test('that has one more field is read without it, under the fingerprint of the writer', async () => {
    const [ours] = [codec.decode('market.bars', under(await learned(currentBar())))]
    const extra = { name: 'venues', type: { type: 'array', items: 'string' }, default: [], doc: 'More.' }
    const id = await learned({ ...currentBar(), fields: [extra, ...currentBar().fields] })
    const body = codec.encode('market.bars', 'barline.market.Bar', bar).subarray(5)
    const result = codec.decode('market.bars', under(id, Buffer.concat([Buffer.from([2, 2, 65, 0]), body])))
    expect(result).toMatchObject({ kind: 'value', recordName: 'barline.market.Bar', value: bar })
    expect(result.kind === 'value' && 'venues' in result.value).toBe(false)
    expect(result.kind === 'value' && ours?.kind === 'value' && result.fingerprint !== ours.fingerprint).toBe(true)
  })

  test('whose unread field is corrupt is refused', async () => {
    const extra = { name: 'venues', type: { type: 'array', items: 'string' }, default: [], doc: 'More.' }
    const id = await learned({ ...currentBar(), fields: [...currentBar().fields, extra] })
    const body = codec.encode('market.bars', 'barline.market.Bar', bar).subarray(5)
    for (const garbage of [
      [0xfe, 0xff, 0xff, 0xff, 0xff, 0x7f],
      [3, 3],
      [1, 99],
    ]) {
      expect(codec.decode('market.bars', under(id, Buffer.concat([body, Buffer.from(garbage)])))).toMatchObject({
        kind: 'refused',
        refusal: { reason: 'UNDECODABLE_BODY' },
      })
    }
  })

  test('with arrays of its own is read through ours, and refused when cut short', async () => {
    const ours = loadSchemas().get('barline.scores.Score')
    const extra = { name: 'more', type: ['null', 'string'], default: null, doc: 'More.' }
    const id = await learned({ ...ours, fields: [...(ours?.fields ?? []), extra] })
    const score = {
      ...{
        score_id: 'a',
        blend_id: 'b',
        blend_version: '1',
        symbol: 'AAPL',
        timeframe: '1d',
        ts: 1,
        known_at: 1,
        run_id: 'live',
      },
      ...{ model_id: 'm', model_version: '1', status: 'ok', p_up: 0.5, expected_return: null, risk: 1 },
      ...{ leg_score_ids: ['x', 'y'], leg_weights: [0.5, 0.5], contracts: { core_value_v1: 'abc' } },
    }
    const body = Buffer.concat([codec.encode('scores', 'barline.scores.Score', score).subarray(5), Buffer.from([0])])
    expect(codec.decode('scores', under(id, body))).toMatchObject({ kind: 'value', value: score })
    for (let length = 0; length < body.length; length += 1) {
      expect(codec.decode('scores', under(id, body.subarray(0, length)))).toMatchObject({ kind: 'refused' })
    }
  })

  test('that lacks an optional field is read with its default', async () => {
    const id = await learned({ ...currentBar(), fields: currentBar().fields.filter(({ name }) => name !== 'source') })
    const body = codec.encode('market.bars', 'barline.market.Bar', { ...bar, source: null }).subarray(5, -1)
    expect(codec.decode('market.bars', under(id, body))).toMatchObject({
      kind: 'value',
      value: { ...bar, source: null },
    })
  })

  test('that cannot be resolved into ours is refused', async () => {
    const fields = currentBar().fields.map((field) => (field.name === 'close' ? { ...field, type: 'string' } : field))
    const id = await learned({ ...currentBar(), fields })
    expect(codec.decode('market.bars', under(id))).toMatchObject({
      kind: 'refused',
      refusal: {
        reason: 'UNKNOWN_SCHEMA',
        message: expect.stringContaining('of barline.market.Bar cannot be read as ours'),
      },
    })
  })

  test('of a record that is not ours is refused', async () => {
    const id = await learned({ ...currentBar(), namespace: 'elsewhere' })
    expect(codec.decode('market.bars', under(id))).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'UNEXPECTED_RECORD', message: expect.stringContaining('elsewhere.Bar') },
    })
  })

  test('that is no Avro at all is refused', async () => {
    const id = await learned('syntax = "proto3";')
    expect(codec.decode('market.bars', under(id))).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'UNKNOWN_SCHEMA' },
    })
  })
})
