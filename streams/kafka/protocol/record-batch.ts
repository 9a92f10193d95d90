import { gunzipSync } from 'node:zlib'
import type { Header, HeaderValue, LogRecord, OutgoingRecord } from '../../port.ts'
import { ByteReader } from './byte-reader.ts'
import { type ByteWriter, varintSize, varlongSize } from './byte-writer.ts'
import { crc32c } from './crc32c.ts'

/** Who writes a batch, and the sequence number of its first record. */
export type BatchProducer = { readonly id: number; readonly epoch: number; readonly firstSequence: number }

/** A batch of records as it lies in the log. */
export type RecordBatch = {
  readonly firstOffset: number
  /** Offset of the last record it was written with; compaction may have taken that one away. */
  readonly lastOffset: number
  readonly producerId: number
  readonly inTransaction: boolean
  /** Whether its one record is the end of a transaction. */
  readonly isControl: boolean
  readonly records: readonly LogRecord[]
}

const magic = 2
const transactional = 0x10
const control = 0x20
const compressionMask = 0x07
const gzip = 1
const logAppendTime = 0x08
/** Bytes from the beginning of a batch to its length, its checksum, and what the checksum covers. */
const lengthAt = 8
const checksumAt = 17
const attributesAt = 21

type WrittenHeader = readonly [name: string, value: string | Buffer]

/** The headers one by one: a name with several values is several headers. */
function listed(headers: Readonly<Record<string, HeaderValue>>): WrittenHeader[] {
  return Object.entries(headers).flatMap(([name, value]): WrittenHeader[] =>
    typeof value === 'string' || Buffer.isBuffer(value) ? [[name, value]] : value.map((each) => [name, each]),
  )
}

function headersSize(headers: readonly WrittenHeader[]): number {
  let size = varintSize(headers.length)
  for (const [name, value] of headers) {
    const nameSize = Buffer.byteLength(name)
    const valueSize = Buffer.byteLength(value)
    size += varintSize(nameSize) + nameSize + varintSize(valueSize) + valueSize
  }
  return size
}

/** Appends one batch of a transaction (format 2, not compressed) that holds the records in order. */
export function writeBatch(out: ByteWriter, records: readonly OutgoingRecord[], producer: BatchProducer): void {
  const start = out.length
  let firstTimestamp = Number.POSITIVE_INFINITY
  let maxTimestamp = Number.NEGATIVE_INFINITY
  for (const { timestamp } of records) {
    if (timestamp < firstTimestamp) firstTimestamp = timestamp
    if (timestamp > maxTimestamp) maxTimestamp = timestamp
  }
  out.int64(0)
  out.int32(0)
  out.int32(0)
  out.int8(magic)
  out.int32(0)
  out.int16(transactional)
  out.int32(records.length - 1)
  out.int64(firstTimestamp)
  out.int64(maxTimestamp)
  out.int64(producer.id)
  out.int16(producer.epoch)
  out.int32(producer.firstSequence)
  out.int32(records.length)
  records.forEach((record, index) => {
    writeRecord(out, record, index, record.timestamp - firstTimestamp)
  })
  out.setInt32(start + lengthAt, out.length - start - lengthAt - 4)
  out.setInt32(start + checksumAt, crc32c(out.written, start + attributesAt, out.length))
}

function writeRecord(out: ByteWriter, record: OutgoingRecord, index: number, timestampDelta: number): void {
  const { key, value } = record
  const headers = listed(record.headers)
  const size =
    1 +
    varlongSize(timestampDelta) +
    varintSize(index) +
    varintSize(key.length) +
    key.length +
    varintSize(value.length) +
    value.length +
    headersSize(headers)
  out.varint(size)
  out.int8(0)
  out.varlong(timestampDelta)
  out.varint(index)
  out.varBytes(key)
  out.varBytes(value)
  out.varint(headers.length)
  for (const [name, content] of headers) {
    out.varText(name)
    if (typeof content === 'string') out.varText(content)
    else out.varBytes(content)
  }
}

/**
 * The batches in the bytes of one partition of a fetch; the broker cuts the last one off anywhere, which is then left out. Keys,
 * values and headers are views. Throws RangeError on bytes that are no batch, and on compression other than gzip.
 */
export function readBatches(bytes: Buffer): RecordBatch[] {
  const batches: RecordBatch[] = []
  const reader = new ByteReader(bytes)
  while (reader.at + attributesAt < bytes.length) {
    const start = reader.at
    const firstOffset = reader.int64()
    const length = reader.int32()
    const end = start + lengthAt + 4 + length
    if (end > bytes.length) break
    batches.push(readBatch(reader, firstOffset, end))
    reader.at = end
  }
  return batches
}

function readBatch(reader: ByteReader, firstOffset: number, end: number): RecordBatch {
  reader.at += 4
  const found = reader.int8()
  if (found !== magic) throw new RangeError(`A batch at offset ${firstOffset} has the old format ${found}`)
  reader.at += 4
  const attributes = reader.int16()
  const lastOffset = firstOffset + reader.int32()
  const firstTimestamp = reader.int64()
  const maxTimestamp = reader.int64()
  const producerId = reader.int64()
  reader.at += 2 + 4
  const count = reader.int32()
  const appendedAt = attributes & logAppendTime ? maxTimestamp : undefined
  const body = new ByteReader(...bodyOf(reader, attributes & compressionMask, firstOffset, end))
  const records: LogRecord[] = []
  let headers: Header[] = []
  let headersFrom = 0
  let headersTo = 0
  for (let index = 0; index < count; index += 1) {
    const size = body.varint()
    const next = body.at + size
    body.at += 1
    const timestamp = firstTimestamp + body.varlong()
    const offset = firstOffset + body.varint()
    const key = body.varBytes()
    const value = body.varBytes()
    // Most records of a batch have the same headers: then they share one list.
    const { at, bytes } = body
    const isSame = next - at === headersTo - headersFrom && bytes.compare(bytes, headersFrom, headersTo, at, next) === 0
    if (!isSame || index === 0) headers = readHeaders(body)
    headersFrom = at
    headersTo = next
    body.at = next
    records.push({ offset, timestamp: appendedAt ?? timestamp, key, value, headers })
  }
  return {
    firstOffset,
    lastOffset,
    producerId,
    inTransaction: (attributes & transactional) !== 0,
    isControl: (attributes & control) !== 0,
    records,
  }
}

function bodyOf(reader: ByteReader, compression: number, firstOffset: number, end: number): [Buffer, number] {
  if (compression === 0) return [reader.bytes, reader.at]
  if (compression === gzip) return [gunzipSync(reader.bytes.subarray(reader.at, end)), 0]
  throw new RangeError(
    `The batch at offset ${firstOffset} is compressed in a way (${compression}) that is not read here: set compression.type of the topic`,
  )
}

function readHeaders(reader: ByteReader): Header[] {
  const count = reader.varint()
  const headers: Header[] = []
  for (let index = 0; index < count; index += 1) {
    const name = reader.varBytes()?.toString('utf8') ?? ''
    headers.push({ name, value: reader.varBytes() ?? Buffer.alloc(0) })
  }
  return headers
}
