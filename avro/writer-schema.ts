import type { Type } from 'avsc'
import type { Refusal } from '../processors/refusal.ts'
import { compileType, type RecordType } from './compiled-type.ts'
import { fullName, type RecordSchema } from './schemas.ts'

type Resolver = ReturnType<Type['createResolver']>

/** How records of one writer schema are read: through our schema of the same name, or not at all. */
export type WriterSchema =
  | {
      readonly kind: 'readable'
      readonly recordName: string
      readonly reader: RecordType
      /** Undefined: the writer's schema is ours. */
      readonly resolver: Resolver | undefined
      /** The writer's schema, where it has fields that ours lacks: it is of a later release. */
      readonly grown: RecordSchema | undefined
      /** Hex of the canonical fingerprint of the writer's schema. */
      readonly fingerprint: string
    }
  | { readonly kind: 'unreadable'; readonly refusal: Refusal }

/**
 * Prepares a writer schema for reading, given the compiled types of our records by full name: a record that is not ours is
 * UNEXPECTED_RECORD, one that cannot be resolved into ours UNKNOWN_SCHEMA. Never throws.
 */
export function prepareWriterSchema(
  schemaId: number,
  schemaText: string,
  readers: ReadonlyMap<string, RecordType>,
): WriterSchema {
  const schema = `schema ${schemaId}`
  let written: RecordSchema
  let writer: RecordType
  try {
    written = JSON.parse(schemaText) as RecordSchema
    writer = compileType(written)
  } catch (error) {
    return unreadable('UNKNOWN_SCHEMA', `${schema} is not an Avro schema: ${messageOf(error)}`)
  }
  const recordName = writer.name ?? writer.typeName
  const reader = readers.get(recordName)
  if (!reader) return unreadable('UNEXPECTED_RECORD', `${schema} is of ${recordName}, which is not a record of ours`)
  try {
    const fingerprint = fingerprintOf(writer)
    const resolver = fingerprint === fingerprintOf(reader) ? undefined : reader.createResolver(writer)
    const grown = resolver !== undefined && hasMoreFields(writer, reader) ? written : undefined
    return { kind: 'readable', recordName, reader, resolver, grown, fingerprint }
  } catch (error) {
    return unreadable('UNKNOWN_SCHEMA', `${schema} of ${recordName} cannot be read as ours: ${messageOf(error)}`)
  }
}

/** Compiles schemas into the types that records are read as, by full name. */
export function compileReaders(schemas: Iterable<RecordSchema>): ReadonlyMap<string, RecordType> {
  return new Map([...schemas].map((schema) => [fullName(schema), compileType(schema)]))
}

function hasMoreFields(writer: RecordType, reader: RecordType): boolean {
  const known = new Set(fieldNames(reader))
  return fieldNames(writer).some((name) => !known.has(name))
}

function fieldNames(type: RecordType): readonly string[] {
  return 'fields' in type ? (type.fields as readonly { readonly name: string }[]).map(({ name }) => name) : []
}

/** Hex of the fingerprint of a schema's canonical form: without docs, defaults and logical types. */
function fingerprintOf(type: RecordType): string {
  return type.fingerprint().toString('hex')
}

function unreadable(reason: Refusal['reason'], message: string): WriterSchema {
  return { kind: 'unreadable', refusal: { reason, message } }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
