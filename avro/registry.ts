import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { RegistryUnavailableError, SchemaNotRegisteredError } from './registry-error.ts'
import { isRefusal, REQUEST_TIMEOUT_MS, RegistryResponseError, restClient } from './registry-rest.ts'
import type { RecordSchema } from './schemas.ts'
import type { Subject } from './subjects.ts'

/** The level that every subject has: any reader reads any writer, past and future. */
export const WANTED_COMPATIBILITY = 'FULL_TRANSITIVE'

/** A schema as the registry gives it back: for Avro, `schema` is its JSON text. */
export type RegisteredSchema = {
  readonly schema: string
  readonly schemaType?: string
  readonly references?: readonly unknown[]
}

/** The part of the Confluent registry's interface that the project uses, the same on Confluent, Apicurio and Redpanda. */
export interface Registry {
  /** The schema with this id; undefined if the registry says that there is none. */
  schemaById(schemaId: number): Promise<RegisteredSchema | undefined>
  /** All registered versions of a subject, oldest first; none if there is no such subject. */
  versions(subject: string): Promise<readonly RegisteredSchema[]>
  /** The compatibility level in force for a subject, its own or the global one. */
  compatibility(subject: string): Promise<string>
  setCompatibility(subject: string, level: string): Promise<void>
  /** Registers a schema under a subject whose level is {@link WANTED_COMPATIBILITY}, and gives its id; idempotent. */
  register(subject: Subject, schema: RecordSchema): Promise<number>
  /** The id of a schema under a subject. Throws {@link SchemaNotRegisteredError}. */
  idOf(subject: Subject, schema: RecordSchema): Promise<number>
}

/** Speaks to the registry at a URL, which may carry `user:password@`. Throws {@link RegistryUnavailableError} when it is down. */
export function connectRegistry(registryUrl: string): Registry {
  const url = new URL(registryUrl)
  const user = { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  url.username = ''
  url.password = ''
  const host = url.href.replace(/\/+$/, '')
  const rest = restClient(host, user.username === '' ? undefined : user)
  const client = new SchemaRegistry({
    host,
    ...(user.username === '' ? {} : { auth: user }),
    middlewares: [
      () => ({
        prepareRequest: (next) => next().then((request) => request.enhance({ timeout: REQUEST_TIMEOUT_MS })),
      }),
    ],
  })

  return {
    async schemaById(schemaId) {
      try {
        return (await rest('GET', `/schemas/ids/${schemaId}`)) as RegisteredSchema
      } catch (error) {
        if (!(error instanceof RegistryResponseError)) throw error
        if (saysNotFound(error)) return undefined
        throw new RegistryUnavailableError(`schema ${schemaId}`, error.message, error.status, error)
      }
    },

    async versions(subject) {
      const path = `/subjects/${encodeURIComponent(subject)}/versions`
      const numbers = (await rest('GET', path).catch(orIfAbsent([]))) as readonly number[]
      const schemas: RegisteredSchema[] = []
      for (const number of numbers) schemas.push((await rest('GET', `${path}/${number}`)) as RegisteredSchema)
      return schemas
    },

    async compatibility(subject) {
      const path = `/config/${encodeURIComponent(subject)}?defaultToGlobal=true`
      const config = (await rest('GET', path).catch(orIfAbsent({}))) as { compatibilityLevel?: string }
      return config.compatibilityLevel?.toUpperCase() ?? 'unset'
    },

    async setCompatibility(subject, level) {
      await rest('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility: level })
    },

    // The client's own `register` sets the level only after the first version is in, so ours is set before it.
    async register(subject, schema) {
      const { id } = await client
        .register(confluentSchema(schema), { subject: subject.name, compatibility: COMPATIBILITY.FULL_TRANSITIVE })
        .catch(throwClassified(`register under ${subject.name}`))
      return id
    },

    async idOf(subject, schema) {
      try {
        return await client
          .getRegistryIdBySchema(subject.name, confluentSchema(schema))
          .catch(throwClassified(`look up under ${subject.name}`))
      } catch (error) {
        if (error instanceof RegistryUnavailableError) throw error
        throw new SchemaNotRegisteredError(subject, error)
      }
    },
  }
}

function confluentSchema(schema: RecordSchema) {
  return { type: SchemaType.AVRO as const, schema: JSON.stringify(schema) }
}

/** Codes 404xx come from a registry; a plain 404 may come from whatever else stands at the URL, and says nothing of the schema. */
function saysNotFound({ status, errorCode }: RegistryResponseError): boolean {
  return status === 404 && errorCode !== undefined && errorCode >= 40400 && errorCode < 40500
}

/** The client's own errors pass; of those with a `status`, 400 is also what its HTTP layer makes of a refused connection. */
function throwClassified(request: string) {
  return (error: unknown): never => {
    if (error instanceof Error && error.name.startsWith('ConfluentSchemaRegistry')) throw error
    const status = (error as { readonly status?: number }).status ?? 0
    const problem = error instanceof Error ? error.message : String(error)
    if (isRefusal(status)) throw new RegistryResponseError(request, status, undefined, problem)
    throw new RegistryUnavailableError(request, problem, status, error)
  }
}

function orIfAbsent<Value>(value: Value) {
  return (error: unknown): Value => {
    if (error instanceof RegistryResponseError && error.status === 404) return value
    throw error
  }
}
