import { topicById } from '../topics/topics.ts'
import { mapConcurrently } from './bounded-concurrency.ts'
import type { RecordCodec } from './codec.ts'
import { ConfluentCodec, type Encoding } from './confluent-codec.ts'
import { connectRegistry, WANTED_COMPATIBILITY } from './registry.ts'
import { RegistryCompatibilityError } from './registry-error.ts'
import { loadSchemas } from './schemas.ts'
import { activeSubjects, type Subject } from './subjects.ts'
import { compileReaders } from './writer-schema.ts'
import { WriterSchemas } from './writer-schemas.ts'

const ABSENT_TTL_MS = 5 * 60_000
const CONCURRENT_REQUESTS = 4

/** Where the registry is, the prefix of topics and subjects, and how long an id that is not there is taken to stay absent. */
export type CodecOptions = {
  readonly registryUrl: string
  readonly topicPrefix?: string
  /** Only topics of these owners are to be written; without, all active ones. Any topic can be read. */
  readonly owners?: readonly string[]
  readonly absentTtlMs?: number
  readonly now?: () => number
}

/**
 * Opens the codec of a running installation: looks up the id of every record of the topics that it is to write.
 * Ids of other records are learned when they are first read.
 * Throws `SchemaNotRegisteredError` and `RegistryCompatibilityError`, which name subject and remedy, or
 * `RegistryUnavailableError` (retriable).
 */
export async function openCodec(options: CodecOptions): Promise<RecordCodec> {
  const { registryUrl, topicPrefix = '', owners, absentTtlMs = ABSENT_TTL_MS, now = Date.now } = options
  const registry = connectRegistry(registryUrl)
  const schemas = loadSchemas()
  const readers = compileReaders(schemas.values())
  const writers = new WriterSchemas(readers, registry, { absentTtlMs, now })

  const encodingOf = async (subject: Subject): Promise<Encoding> => {
    const { topicId, recordName } = subject
    const schema = schemas.get(recordName)
    const type = readers.get(recordName)
    if (!schema || !type)
      throw new RangeError(`No schema of ${recordName}, a record of topic ${topicId}, in avro/schemas`)
    const schemaId = await registry.idOf(subject, schema)
    const level = await registry.compatibility(subject.name)
    if (level !== WANTED_COMPATIBILITY) throw new RegistryCompatibilityError(subject.name, level, WANTED_COMPATIBILITY)
    writers.add(schemaId, JSON.stringify(schema))
    return { topicId, recordName, type, schemaId }
  }

  const isWritten = ({ topicId }: Subject) => owners === undefined || owners.includes(topicById(topicId).owner)
  const written = activeSubjects(topicPrefix).filter(isWritten)
  return new ConfluentCodec(await mapConcurrently(written, CONCURRENT_REQUESTS, encodingOf), writers)
}
