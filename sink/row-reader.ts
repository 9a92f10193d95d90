import { isUtf8 } from 'node:buffer'
import type { BodyReader, BodyReaders } from '../avro/codec.ts'
import { fullName, type RecordField, type RecordSchema } from '../avro/schemas.ts'
import { columnTypeOf } from './avro-column.ts'
import { AvroSource } from './avro-source.ts'
import type { ColumnType, ScalarKind } from './column-type.ts'
import { encodedRow } from './encoded-row.ts'
import { RowBuffer } from './row-buffer.ts'
import { RowSlab } from './row-slab.ts'
import { isInstant } from './scalar-range.ts'

/** Copies one value or several from Avro to RowBinary; false when it meets what only the usual way can judge. */
type Step = (source: AvroSource, out: RowBuffer) => boolean

/**
 * The reader that turns the Avro body of a record into the bytes of its columns, without an object in between; undefined for a
 * schema with a type that it does not know. It takes only what it is sure of: a body that is cut short or has a value that its column
 * cannot hold is left to the usual way, which refuses it in the usual words. What it takes has the bytes that the usual way gives. `grown` =
 * the schema, where it is of a later release than the tables were defined by.
 */
export function rowReader(schema: RecordSchema, grown?: RecordSchema): BodyReader | undefined {
  const steps = stepsOf(schema.fields)
  if (!steps) return undefined
  const out = new RowBuffer()
  const slab = new RowSlab()
  return (bytes, from) => {
    const source = new AvroSource(bytes, from)
    out.truncate(0)
    for (const step of steps) if (!step(source, out)) return undefined
    return source.at === bytes.length ? encodedRow(slab.keep(out.slice(0, out.length)), grown) : undefined
  }
}

/** The readers of these schemas, by record name, as far as there are any, and of those that later releases write. */
export function rowReaders(schemas: Iterable<RecordSchema>): BodyReaders & ReadonlyMap<string, BodyReader> {
  const readers = new Map<string, BodyReader>()
  for (const schema of schemas) {
    const reader = rowReader(schema)
    if (reader && fullName(schema) !== markerName) readers.set(fullName(schema), reader)
  }
  const later = new WeakMap<RecordSchema, BodyReader>()
  const grown = (schema: RecordSchema): BodyReader | undefined => {
    if (!readers.has(fullName(schema))) return undefined
    const known = later.get(schema) ?? rowReader(schema, schema)
    if (known) later.set(schema, known)
    return known
  }
  return Object.assign(readers, { grown })
}

// A marker is read as what it says: it is never stored.
const markerName = 'barline.Marker'

const mergeable: ReadonlySet<ScalarKind> = new Set(['float64', 'float32', 'int32', 'int8'])
const fixedWidths: Partial<Record<ScalarKind, number>> = { float64: 8, float32: 4 }

/** Neighbours that are all nullable numbers of one kind are one step. */
function stepsOf(fields: readonly RecordField[]): Step[] | undefined {
  const steps: Step[] = []
  for (let at = 0; at < fields.length; ) {
    const kind = nullableNumber(fields[at])
    let count = 1
    while (kind !== undefined && nullableNumber(fields[at + count]) === kind) count += 1
    const step = kind === undefined ? stepOf(fields[at]) : manyNullable(kind, count)
    if (!step) return undefined
    steps.push(step)
    at += count
  }
  return steps
}

function nullableNumber(field: RecordField | undefined): ScalarKind | undefined {
  const type = field && isNullFirst(field) ? columnTypeOf(field) : undefined
  if (!type || !('nullable' in type) || !type.nullable) return undefined
  return mergeable.has(type.kind as ScalarKind) ? (type.kind as ScalarKind) : undefined
}

const isNullFirst = ({ type }: RecordField): boolean => Array.isArray(type) && type[0] === 'null'

function manyNullable(kind: ScalarKind, count: number): Step {
  const width = fixedWidths[kind]
  if (width !== undefined) return (source, out) => source.nullableFixed(out, count, width)
  const write = kind === 'int8' ? writeInt8 : writeInt32
  return (source, out) => source.nullableInts(out, count, write)
}

function stepOf(field: RecordField | undefined): Step | undefined {
  const type = field && columnTypeOf(field)
  if (!field || !type) return undefined
  const symbols = symbolsOf(field)
  const plain = symbols ? enumStep(symbols) : plainStep(type)
  if (!plain || !Array.isArray(field.type)) return plain
  if (!isNullFirst(field)) return undefined
  const isList = type.kind === 'array'
  return (source, out) => {
    const branch = source.byte()
    if (branch === 0) {
      if (isList) out.length32(0)
      else out.uint8(1)
      return true
    }
    if (branch !== 2) return false
    if (!isList) out.uint8(0)
    return plain(source, out)
  }
}

function symbolsOf({ type }: RecordField): readonly string[] | undefined {
  const branches: readonly unknown[] = Array.isArray(type) ? type : [type]
  for (const branch of branches) {
    if (typeof branch === 'object' && branch !== null && 'symbols' in branch) return branch.symbols as readonly string[]
  }
  return undefined
}

function enumStep(symbols: readonly string[]): Step {
  return (source, out) => {
    const symbol = symbols[source.long()]
    if (symbol === undefined) return false
    out.text(symbol)
    return true
  }
}

/** A value that is there, whether its column is nullable or not. */
function plainStep(type: ColumnType): Step | undefined {
  if (type.kind === 'map') return undefined
  if (type.kind === 'array') {
    const { items } = type
    const item = 'nullable' in items && !items.nullable ? plainStep(items) : undefined
    return item && ((source, out) => arrayOf(source, out, item))
  }
  return scalarSteps[type.kind]
}

/** One block and the end; a body with more blocks is rare enough for the usual way. */
function arrayOf(source: AvroSource, out: RowBuffer, item: Step): boolean {
  const count = source.long()
  if (!(count >= 0 && count <= source.left)) return false
  out.length32(count)
  for (let index = 0; index < count; index += 1) if (!item(source, out)) return false
  return count === 0 || source.byte() === 0
}

/** Writes a number if its column can hold it. */
function writeInt8(out: RowBuffer, value: number): boolean {
  if ((value << 24) >> 24 !== value) return false
  out.uint8(value & 0xff)
  return true
}

function writeInt32(out: RowBuffer, value: number): boolean {
  if ((value | 0) !== value) return false
  out.int32(value)
  return true
}

const fixed =
  (width: number): Step =>
  (source, out) =>
    source.copy(out, width)

const scalarSteps: Readonly<Record<ScalarKind, Step | undefined>> = {
  float64: fixed(8),
  float32: fixed(4),
  string: (source, out) => {
    const text = source.bytesOf(source.long())
    if (!text || !isUtf8(text)) return false
    out.bytes(text)
    return true
  },
  bytes: (source, out) => {
    const bytes = source.bytesOf(source.long())
    if (!bytes) return false
    out.bytes(bytes)
    return true
  },
  boolean: (source, out) => {
    const value = source.byte()
    if (value !== 0 && value !== 1) return false
    out.uint8(value)
    return true
  },
  int8: (source, out) => writeInt8(out, source.long()),
  int32: (source, out) => writeInt32(out, source.long()),
  uint32: undefined,
  int64: (source, out) => {
    const value = source.long()
    if (!Number.isInteger(value)) return false
    out.int64(value)
    return true
  },
  instant: (source, out) => {
    const value = source.long()
    if (!isInstant(value)) return false
    out.int64(value)
    return true
  },
}
