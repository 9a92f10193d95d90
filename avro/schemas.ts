import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../catalog/project-root.ts'

/** The type of a field, or of what an array, a map or a union holds. `logicalType` is kept for other readers. */
export type FieldType =
  | string
  | readonly FieldType[]
  | { readonly type: string; readonly logicalType?: string; readonly items?: FieldType; readonly values?: FieldType }

/** One field of a record. `default` is there or not: for a nullable field it is null. */
export type RecordField = {
  readonly name: string
  readonly type: FieldType
  readonly default?: unknown
  readonly doc?: string
  readonly aliases?: readonly string[]
  /** Label by code of an integer that is a state: an attribute of ours, which Avro passes over. */
  readonly codes?: Readonly<Record<string, string>>
}

/** An Avro record schema as it stands in its file. */
export type RecordSchema = {
  readonly type: 'record'
  readonly name: string
  readonly namespace?: string
  readonly doc?: string
  readonly fields: readonly RecordField[]
}

/** A schema file that does not hold one Avro record, or a record that two files define; correct the file. */
export class SchemaFileError extends Error {
  override readonly name = 'SchemaFileError'
  readonly code = 'SCHEMA_FILE'
  readonly retriable = false
  readonly file: string

  constructor(file: string, problem: string, cause?: unknown) {
    super(`${file}: ${problem}`, cause === undefined ? undefined : { cause })
    this.file = file
  }
}

/** Full name of a record, for example `barline.market.Bar`. */
export function fullName(schema: RecordSchema): string {
  return schema.namespace === undefined ? schema.name : `${schema.namespace}.${schema.name}`
}

/** Folder of the current schemas, generated ones included. */
export function schemaFolder(): string {
  return join(projectRoot(), 'avro', 'schemas')
}

/**
 * Reads every `.avsc` below a folder (default: `avro/schemas`), by full record name, in order of the names.
 * Throws {@link SchemaFileError} on a file that is not one record, or a record defined twice.
 */
export function loadSchemas(folder: string = schemaFolder()): ReadonlyMap<string, RecordSchema> {
  const schemas = new Map<string, RecordSchema>()
  for (const file of schemaFiles(folder)) {
    const schema = readSchemaFile(file)
    if (schemas.has(fullName(schema))) throw new SchemaFileError(file, `${fullName(schema)} is defined in two files`)
    schemas.set(fullName(schema), schema)
  }
  return new Map([...schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Reads one schema file. Throws {@link SchemaFileError} if it is not one record. */
export function readSchemaFile(file: string): RecordSchema {
  try {
    const schema = JSON.parse(readFileSync(file, 'utf8')) as RecordSchema
    if (schema.type !== 'record' || !Array.isArray(schema.fields)) throw new TypeError('not an Avro record')
    return schema
  } catch (error) {
    throw new SchemaFileError(file, error instanceof Error ? error.message : String(error), error)
  }
}

function schemaFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.avsc'))
    .map((entry) => join(entry.path, entry.name))
    .sort()
}
