import { topics } from '../topics/topics.ts'
import type { RecordCodec } from './codec.ts'
import { ConfluentCodec } from './confluent-codec.ts'
import { EncodeError } from './encode-error.ts'
import { loadSchemas, type RecordSchema } from './schemas.ts'
import { subjectsOf } from './subjects.ts'
import { compileReaders } from './writer-schema.ts'
import { WriterSchemas } from './writer-schemas.ts'

/** What an offline codec is made of, beside the current schemas: as a registry would have it after several releases. */
type OfflineSchemas = {
  readonly schemas?: ReadonlyMap<string, RecordSchema>
  /** Id of the first of them; the others follow. */
  readonly firstId?: number
  /** Schemas of other releases that writers have used, by id. */
  readonly known?: ReadonlyMap<number, RecordSchema>
}

/**
 * A codec without a registry, for the in-memory driver and for tests: the id of a schema is its place, from 1, in the
 * list of schemas by full name. It also serves reserved topics. Stricter than the real one: a value with a field that its schema lacks is an {@link EncodeError}.
 */
export function createOfflineCodec({
  schemas = loadSchemas(),
  firstId = 1,
  known = new Map(),
}: OfflineSchemas = {}): RecordCodec {
  const readers = compileReaders(schemas.values())
  const writers = new WriterSchemas(
    readers,
    { schemaById: async () => undefined },
    { absentTtlMs: Infinity, now: () => 0 },
  )
  const ids = new Map([...schemas.keys()].map((recordName, position) => [recordName, position + firstId]))
  for (const [recordName, schema] of schemas) writers.add(ids.get(recordName) ?? 0, JSON.stringify(schema))
  for (const [id, schema] of known) writers.add(id, JSON.stringify(schema))

  const encodings = topics
    .flatMap((topic) => subjectsOf(topic, ''))
    .flatMap(({ topicId, recordName }) => {
      const type = readers.get(recordName)
      return type ? [{ topicId, recordName, type, schemaId: ids.get(recordName) ?? 0 }] : []
    })
  const codec = new ConfluentCodec(encodings, writers)
  const fields = new Map(
    [...schemas].map(([name, schema]) => [name, new Set(schema.fields.map((field) => field.name))]),
  )

  return {
    encode(topicId, recordName, value) {
      const known = fields.get(recordName)
      const stray = known && Object.keys(value).find((name) => !known.has(name))
      if (stray !== undefined) throw new EncodeError(topicId, recordName, `the schema has no field ${stray}`)
      return codec.encode(topicId, recordName, value)
    },
    decode: (topicId, bytes, bodyReaders) => codec.decode(topicId, bytes, bodyReaders),
    learn: (schemaId) => codec.learn(schemaId),
  }
}
