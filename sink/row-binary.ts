import type { DataRecord } from '../processors/processor.ts'
import { type ColumnType, clickHouseType, type ScalarKind } from './column-type.ts'
import { bytesOfRow } from './encoded-row.ts'
import { RowBuffer } from './row-buffer.ts'
import { isInstant } from './scalar-range.ts'
import type { Column, TableDefinition } from './table-definition.ts'

/** The format rows are sent in: it names its columns and their types, so the server refuses rows made for another table. */
export const rowFormat = 'RowBinaryWithNamesAndTypes'

/** What a row is made of: the decoded record and its place in the log. */
type RowSource = Pick<DataRecord, 'partition' | 'offset' | 'key' | 'value'>

/** Encodes records of one table. */
export interface RowEncoder {
  /** The names and types that precede the rows of every insert. */
  readonly header: Uint8Array
  /** Appends one row. On a value that its column cannot hold, leaves the buffer as it was and says which and why. */
  append(buffer: RowBuffer, record: RowSource): string | undefined
}

type WriteValue = (buffer: RowBuffer, value: unknown) => void
type WriteColumn = (buffer: RowBuffer, record: RowSource) => void

/** The encoder of a table's rows; `runId` fills `run_id` where the record has no such field. */
export function createRowEncoder(table: TableDefinition, runId: string): RowEncoder {
  const writers = table.columns.map((column) => columnWriter(column, table, runId))
  const size = writers.length
  const fields = table.columns.findIndex(({ source }) => source !== 'field')
  return {
    header: headerOf(table),
    append(buffer, record) {
      const start = buffer.length
      const encoded = bytesOfRow(record.value)
      if (encoded) buffer.raw(encoded)
      let at = encoded ? fields : 0
      try {
        for (; at < size; at++) (writers[at] as WriteColumn)(buffer, record)
        return undefined
      } catch (error) {
        if (!(error instanceof UnfitValue)) throw error
        buffer.truncate(start)
        const column = table.columns[at]
        return `${column?.name}: ${error.message}, not a value of ${column ? clickHouseType(column.type) : '?'}`
      }
    },
  }
}

/** A value that does not fit its column; only its message leaves this file. */
class UnfitValue extends Error {}

function headerOf(table: TableDefinition): Uint8Array {
  const buffer = new RowBuffer()
  buffer.length32(table.columns.length)
  for (const { name } of table.columns) buffer.text(name)
  for (const { type } of table.columns) buffer.text(clickHouseType(type))
  return Uint8Array.from(buffer.slice(0, buffer.length))
}

function columnWriter(column: Column, table: TableDefinition, runId: string): WriteColumn {
  const { name } = column
  switch (column.source) {
    case 'run':
      return (buffer) => buffer.text(runId)
    case 'topic':
      return (buffer) => buffer.text(table.topic)
    case 'epoch':
      return (buffer) => buffer.int32(table.epoch)
    case 'partition':
      return (buffer, record) => buffer.int32(record.partition)
    case 'offset':
      return (buffer, record) => buffer.int64(record.offset)
    case 'key':
      return (buffer, record) => buffer.text(record.key)
    case 'field': {
      // The commonest column by far gets a writer without calls through a table.
      if (column.type.kind === 'float64' && column.type.nullable) return nullableDouble(name)
      const write = valueWriter(column.type)
      return (buffer, record) => write(buffer, record.value[name])
    }
  }
}

function nullableDouble(name: string): WriteColumn {
  return (buffer, record) => {
    const value = record.value[name]
    if (typeof value === 'number') {
      buffer.uint8(0)
      buffer.float64(value)
    } else if (value === null || value === undefined) buffer.uint8(1)
    else throw unfit(value)
  }
}

function valueWriter(type: ColumnType): WriteValue {
  if (type.kind === 'array') return arrayWriter(valueWriter(type.items), type.nullAsEmpty === true)
  if (type.kind === 'map') return mapWriter(valueWriter(type.values))
  const write = scalarWriters[type.kind]
  if (!type.nullable) return write
  return (buffer, value) => {
    if (value === null || value === undefined) return buffer.uint8(1)
    buffer.uint8(0)
    write(buffer, value)
  }
}

function arrayWriter(item: WriteValue, nullAsEmpty: boolean): WriteValue {
  return (buffer, value) => {
    if (nullAsEmpty && (value === null || value === undefined)) return buffer.length32(0)
    if (!Array.isArray(value)) throw unfit(value)
    buffer.length32(value.length)
    for (const element of value) item(buffer, element)
  }
}

function mapWriter(item: WriteValue): WriteValue {
  return (buffer, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unfit(value)
    const entries = value instanceof Map ? [...value] : Object.entries(value)
    buffer.length32(entries.length)
    for (const [key, element] of entries) {
      text(buffer, key)
      item(buffer, element)
    }
  }
}

const text: WriteValue = (buffer, value) => {
  if (typeof value !== 'string') throw unfit(value)
  buffer.text(value)
}

const scalarWriters: Readonly<Record<ScalarKind, WriteValue>> = {
  string: text,
  bytes: (buffer, value) => {
    if (!(value instanceof Uint8Array)) throw unfit(value)
    buffer.bytes(value)
  },
  boolean: (buffer, value) => {
    if (typeof value !== 'boolean') throw unfit(value)
    buffer.uint8(value ? 1 : 0)
  },
  int8: (buffer, value) => {
    if (typeof value !== 'number' || (value << 24) >> 24 !== value) throw unfit(value)
    buffer.uint8(value & 0xff)
  },
  int32: (buffer, value) => {
    if (typeof value !== 'number' || (value | 0) !== value) throw unfit(value)
    buffer.int32(value)
  },
  uint32: (buffer, value) => {
    if (typeof value !== 'number' || value >>> 0 !== value) throw unfit(value)
    buffer.int32(value)
  },
  int64: (buffer, value) => {
    if (typeof value === 'number' && Number.isSafeInteger(value)) buffer.int64(value)
    else if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) buffer.bigInt64(value)
    else throw unfit(value)
  },
  float32: (buffer, value) => {
    if (typeof value !== 'number') throw unfit(value)
    buffer.float32(value)
  },
  float64: (buffer, value) => {
    if (typeof value !== 'number') throw unfit(value)
    buffer.float64(value)
  },
  instant: (buffer, value) => {
    const millis = value instanceof Date ? value.getTime() : value
    if (typeof millis !== 'number' || !isInstant(millis)) throw unfit(value)
    buffer.int64(millis)
  },
}

function unfit(value: unknown): UnfitValue {
  if (value === undefined) return new UnfitValue('absent')
  const shown =
    typeof value === 'string'
      ? JSON.stringify(value.slice(0, 40))
      : typeof value === 'object'
        ? 'an object'
        : String(value)
  return new UnfitValue(value === null ? 'null' : shown)
}
