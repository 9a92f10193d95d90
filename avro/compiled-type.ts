import avro, { type Type } from 'avsc'
import type { RecordSchema } from './schemas.ts'

/** What avsc hands to the readers and writers of its types. Reading past the end moves `pos` on and never throws. */
type Tap = {
  readonly buf: Buffer
  pos: number
  readLong(): number
  readString(): string
  skipString(): void
  writeLong(value: number): void
}

type Codable = { _read(tap: Tap): unknown; _skip(tap: Tap): void; _write(tap: Tap, value: unknown): void }

/** A compiled record type. */
export type RecordType = Type

/**
 * Compiles a record schema for the codec: longs are numbers whatever their logical type, bytes are Buffers, unions are
 * unwrapped, records have no methods. Throws what avsc throws on an invalid schema.
 */
export function compileType(schema: RecordSchema | object): RecordType {
  return avro.Type.forSchema(schema as never, { omitRecordMethods: true, typeHook: boundedType as never })
}

type HookedSchema = string | readonly unknown[] | { readonly type: unknown }

function boundedType(schema: HookedSchema, options: unknown): Type | undefined {
  if (schema === 'long') return new ExactLongType()
  if (typeof schema === 'string') return undefined
  if (Array.isArray(schema)) {
    return schema.length === 2 && schema[0] === 'null' ? new NullableType(schema as never, options) : undefined
  }
  const { type } = schema as { readonly type: unknown }
  if (type === 'long') return new ExactLongType()
  if (type === 'array') return new BoundedArrayType(schema as never, options)
  if (type === 'map') return new BoundedMapType(schema as never, options)
  return undefined
}

/**
 * Number of items of the next block, 0 at the end. avsc believes the count, so that a few corrupt bytes would make it
 * allocate and loop for hours: a count that the rest of the buffer cannot hold is refused (every item takes a byte or more).
 */
function nextBlock(tap: Tap): number {
  const count = tap.readLong()
  if (count < 0) tap.readLong()
  const items = Math.abs(count)
  if (items > Math.max(0, tap.buf.length - tap.pos)) throw new RangeError(`a block of ${items} items is cut short`)
  return items
}

const LONG_LIMIT = 2 ** 52

/** avsc silently turns longs below -2^52 into others when it writes and reads them; from 2^52 either way they are refused. */
class ExactLongType extends avro.types.LongType {
  _check(value: unknown, _flags: unknown, hook?: (value: unknown, type: Type) => void): boolean {
    const fits = typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < LONG_LIMIT
    if (!fits) hook?.(value, this)
    return fits
  }

  _read(tap: Tap): number {
    const value = tap.readLong()
    if (Math.abs(value) < LONG_LIMIT) return value
    throw new RangeError(`long ${value} is too large`)
  }

  _write(tap: Tap, value: unknown): void {
    if (!this._check(value, undefined)) throw new TypeError(`${String(value)} is not a long`)
    tap.writeLong(value as number)
  }
}

class BoundedArrayType extends avro.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = (this as unknown as { readonly itemsType: Codable }).itemsType
    const values: unknown[] = []
    for (let left = nextBlock(tap); left > 0; left = nextBlock(tap)) {
      for (; left > 0; left -= 1) values.push(items._read(tap))
    }
    return values
  }

  _skip(tap: Tap): void {
    const items = this.itemsType as unknown as Codable
    for (let left = nextBlock(tap); left > 0; left = nextBlock(tap)) for (; left > 0; left -= 1) items._skip(tap)
  }
}

class BoundedMapType extends avro.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const values = (this as unknown as { readonly valuesType: Codable }).valuesType
    const map: Record<string, unknown> = {}
    for (let left = nextBlock(tap); left > 0; left = nextBlock(tap)) {
      for (; left > 0; left -= 1) {
        const key = tap.readString()
        const value = values._read(tap)
        if (key === '__proto__')
          Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true })
        else map[key] = value
      }
    }
    return map
  }

  _skip(tap: Tap): void {
    const values = this.valuesType as Codable
    for (let left = nextBlock(tap); left > 0; left = nextBlock(tap)) {
      for (; left > 0; left -= 1) {
        tap.skipString()
        values._skip(tap)
      }
    }
  }
}

/** `["null", X]`, written without the search for a branch that avsc makes for each value. */
class NullableType extends avro.types.UnwrappedUnionType {
  _write(tap: Tap, value: unknown): void {
    if (value === null) {
      tap.buf[tap.pos++] = 0
    } else {
      tap.buf[tap.pos++] = 2
      ;(this.types[1] as unknown as Codable)._write(tap, value)
    }
  }
}
