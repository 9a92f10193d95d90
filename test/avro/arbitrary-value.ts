import fc from 'fast-check'
import type { FieldType, RecordSchema } from '../../avro/schemas.ts'

const MAXIMUM_LONG = 2 ** 52 - 1

/** Any value of a record. */
export function arbitraryValue(schema: RecordSchema): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(Object.fromEntries(schema.fields.map(({ name, type }) => [name, arbitraryOf(type)])), {
    noNullPrototype: true,
  })
}

function arbitraryOf(type: FieldType): fc.Arbitrary<unknown> {
  if (Array.isArray(type)) return fc.option(arbitraryOf((type as readonly FieldType[])[1] ?? 'null'))
  if (typeof type === 'string') return arbitraryPrimitive(type)
  const shape = type as Exclude<FieldType, string | readonly FieldType[]>
  if (shape.items !== undefined) return fc.array(arbitraryOf(shape.items))
  if (shape.values !== undefined)
    return fc.dictionary(fc.string({ unit: 'binary' }), arbitraryOf(shape.values), { noNullPrototype: true })
  return arbitraryPrimitive(shape.type)
}

function arbitraryPrimitive(type: string): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return fc.string({ unit: 'binary', maxLength: 100 })
    case 'bytes':
      return fc.uint8Array().map((bytes) => Buffer.from(bytes))
    case 'boolean':
      return fc.boolean()
    case 'int':
      return fc.integer()
    case 'long':
      return fc.integer({ min: -MAXIMUM_LONG, max: MAXIMUM_LONG })
    case 'float':
      return fc.float()
    case 'double':
      return fc.double()
    default:
      throw new TypeError(`no values of ${type}`)
  }
}
