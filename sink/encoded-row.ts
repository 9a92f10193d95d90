import type { RecordSchema } from '../avro/schemas.ts'

/** Under which a value carries the columns of its fields as they go into a row. */
const fieldBytes = Symbol('fieldBytes')
const fieldSchema = Symbol('fieldSchema')

/** A record of which nothing was made but the bytes of its columns. */
export type EncodedRow = { readonly [fieldBytes]: Uint8Array; readonly [fieldSchema]?: RecordSchema }

type Value = Readonly<Record<string, unknown>> | EncodedRow

/**
 * Wraps the bytes of the columns of a record's fields, in the order of the table; with `grown` in the order of that schema, which is
 * of a later release than ours.
 */
export function encodedRow(bytes: Uint8Array, grown?: RecordSchema): EncodedRow {
  return grown === undefined ? { [fieldBytes]: bytes } : { [fieldBytes]: bytes, [fieldSchema]: grown }
}

/** The bytes of the columns, if the value is an encoded row. */
export function bytesOfRow(value: Value): Uint8Array | undefined {
  return fieldBytes in value ? (value[fieldBytes] as Uint8Array) : undefined
}

/** The schema of a later release that the columns of an encoded row are those of. */
export function grownSchemaOf(value: Value): RecordSchema | undefined {
  return fieldSchema in value ? (value[fieldSchema] as RecordSchema) : undefined
}
