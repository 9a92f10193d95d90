import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { registerAll } from '../../avro/registration.ts'
import { loadSchemas, type RecordSchema } from '../../avro/schemas.ts'
import { activeSubjects } from '../../avro/subjects.ts'
import { FakeRegistry } from './fake-registry.ts'

let registry: FakeRegistry
const schemas = loadSchemas()

beforeEach(async () => {
  registry = new FakeRegistry()
  await registry.start()
})

afterEach(() => registry.stop())

test('registers every record of every active topic at FULL_TRANSITIVE', async () => {
  const registered = await registerAll({ registryUrl: registry.url, topicPrefix: 'x-', schemas })
  const subjects = activeSubjects('x-').map(({ name }) => name)
  expect(registered.map(({ subject }) => subject).sort()).toEqual([...subjects].sort())
  expect(subjects.every((subject) => registry.levels.get(subject) === 'FULL_TRANSITIVE')).toBe(true)
  expect(subjects).toEqual(
    expect.arrayContaining(['x-market.bars-value', 'x-tape-barline.tape.TapeBar', 'x-clock-barline.Marker']),
  )
})

test('sets the level before the first version is in', async () => {
  await registerAll({ registryUrl: registry.url, schemas })
  const level = registry.requests.indexOf('PUT /config/market.bars-value')
  expect(level).toBeGreaterThanOrEqual(0)
  expect(level).toBeLessThan(registry.requests.indexOf('POST /subjects/market.bars-value/versions'))
})

test('registering again changes nothing', async () => {
  const first = await registerAll({ registryUrl: registry.url, schemas })
  expect(await registerAll({ registryUrl: registry.url, schemas })).toEqual(first)
  expect([...registry.versions.values()].every((ids) => ids.length === 1)).toBe(true)
})

test('a refusal names subject and field', async () => {
  await registerAll({ registryUrl: registry.url, schemas })
  registry.refusing.add('market.bars-value')
  await expect(registerAll({ registryUrl: registry.url, schemas: withCloseAsText() })).rejects.toMatchObject({
    code: 'SCHEMA_REJECTED',
    retriable: false,
    subject: 'market.bars-value',
    message:
      'Cannot register barline.market.Bar under subject market.bars-value: close (against version 1): the type changed from "double" to "string"',
  })
})

test('a registry that does not take the level is named', async () => {
  registry.ignoresLevels = true
  await expect(registerAll({ registryUrl: registry.url, schemas })).rejects.toMatchObject({
    code: 'REGISTRY_COMPATIBILITY',
    found: 'BACKWARD',
    wanted: 'FULL_TRANSITIVE',
  })
})

test('a registry that is down or failing is retriable', async () => {
  registry.failure = 500
  await expect(registerAll({ registryUrl: registry.url, schemas })).rejects.toMatchObject({
    code: 'REGISTRY_UNAVAILABLE',
  })
  await registry.stop()
  await expect(registerAll({ registryUrl: registry.url, schemas })).rejects.toMatchObject({ retriable: true })
})

function withCloseAsText(): ReadonlyMap<string, RecordSchema> {
  const bar = schemas.get('barline.market.Bar')
  if (!bar) throw new Error('no schema of bars')
  const fields = bar.fields.map((field) => (field.name === 'close' ? { ...field, type: 'string' } : field))
  return new Map(schemas).set('barline.market.Bar', { ...bar, fields })
}
