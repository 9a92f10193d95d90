/** Under which a value carries the columns of its fields as they go into a row. */
const fieldBytes = Symbol('fieldBytes')

/** A record of which nothing was made but the bytes of its columns. */
export type EncodedRow = { readonly [fieldBytes]: Uint8Array }

/** Wraps the bytes of the columns of a record's fields, in the order of the table. */
export function encodedRow(bytes: Uint8Array): EncodedRow {
  return { [fieldBytes]: bytes }
}

/** The bytes of the columns, if the value is an encoded row. */
export function bytesOfRow(value: Readonly<Record<string, unknown>> | EncodedRow): Uint8Array | undefined {
  return fieldBytes in value ? (value[fieldBytes] as Uint8Array) : undefined
}
