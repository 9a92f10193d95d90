import { mapConcurrently } from './bounded-concurrency.ts'
import { compareSchemas } from './compatibility.ts'
import { connectRegistry, type Registry, WANTED_COMPATIBILITY } from './registry.ts'
import { RegistryCompatibilityError, SchemaRejectedError } from './registry-error.ts'
import { RegistryResponseError } from './registry-rest.ts'
import { loadSchemas, type RecordSchema } from './schemas.ts'
import { activeSubjects, type Subject } from './subjects.ts'

const CONCURRENT_RECORDS = 4

/** A subject and the id that its current schema has. */
export type Registration = { readonly subject: string; readonly recordName: string; readonly schemaId: number }

/**
 * Registers the current schema of every record of every active topic, each subject at FULL_TRANSITIVE; again and again is
 * the same as once. Throws {@link SchemaRejectedError} naming subject and field, {@link RegistryCompatibilityError}, or
 * `RegistryUnavailableError` (retriable).
 */
export async function registerAll(options: {
  readonly registryUrl: string
  readonly topicPrefix?: string
  readonly schemas?: ReadonlyMap<string, RecordSchema>
  readonly log?: (message: string) => void
}): Promise<readonly Registration[]> {
  const { registryUrl, topicPrefix = '', schemas = loadSchemas(), log = () => {} } = options
  const registry = connectRegistry(registryUrl)
  // One record at a time per worker: registries race when the same new schema arrives under two subjects at once.
  const subjects = activeSubjects(topicPrefix)
  const recordNames = [...new Set(subjects.map(({ recordName }) => recordName))]
  const registered = await mapConcurrently(recordNames, CONCURRENT_RECORDS, async (recordName) => {
    const schema = schemas.get(recordName)
    if (!schema) throw new RangeError(`No schema of ${recordName} in avro/schemas`)
    const registrations: Registration[] = []
    for (const subject of subjects.filter((other) => other.recordName === recordName)) {
      await enforceCompatibility(registry, subject, log)
      const schemaId = await register(registry, subject, schema)
      log(`Subject ${subject.name}: ${recordName} has schema id ${schemaId}`)
      registrations.push({ subject: subject.name, recordName, schemaId })
    }
    return registrations
  })
  return registered.flat()
}

async function enforceCompatibility(
  registry: Registry,
  subject: Subject,
  log: (message: string) => void,
): Promise<void> {
  const found = await registry.compatibility(subject.name)
  if (found !== WANTED_COMPATIBILITY)
    log(`Subject ${subject.name}: compatibility ${found} becomes ${WANTED_COMPATIBILITY}`)
  // Also where the global level happens to be the same: the promise must not hang on a setting of others.
  await registry.setCompatibility(subject.name, WANTED_COMPATIBILITY)
  const level = await registry.compatibility(subject.name)
  if (level !== WANTED_COMPATIBILITY) throw new RegistryCompatibilityError(subject.name, level, WANTED_COMPATIBILITY)
}

async function register(registry: Registry, subject: Subject, schema: RecordSchema): Promise<number> {
  try {
    return await registry.register(subject, schema)
  } catch (error) {
    if (!(error instanceof RegistryResponseError)) throw error
    throw new SchemaRejectedError(subject, await differences(registry, subject, schema), error)
  }
}

/** A registry words its refusals as it likes, if at all, so the fields are named by our own comparison. */
async function differences(registry: Registry, subject: Subject, schema: RecordSchema): Promise<readonly string[]> {
  const versions = await registry.versions(subject.name)
  return versions.flatMap((registered, position) =>
    compareSchemas(JSON.parse(registered.schema) as RecordSchema, schema).map(
      ({ field, problem }) => `${field ?? subject.recordName} (against version ${position + 1}): ${problem}`,
    ),
  )
}
