import type { ProtocolRequest } from '../broker.ts'
import type { AbortedTransaction } from '../committed-records.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { type RecordBatch, readBatches } from './record-batch.ts'

/** A partition to look at, under its name on the broker. */
export type FetchPosition = { readonly topic: string; readonly partition: number; readonly offset: number }

/** How much a fetch waits for and brings. */
export type FetchLimits = {
  readonly waitMs: number
  readonly maxBytesPerPartition: number
  readonly maxBytes: number
}

/** What a fetch brought of one partition. */
export type FetchedPartition = {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly aborted: readonly AbortedTransaction[]
  readonly batches: readonly RecordBatch[]
}

type FetchAnswer = { readonly errorCode: number; readonly partitions: readonly FetchedPartition[] }

const fetchKey = 1
const fetchVersion = 11
const noReplica = -1
const readCommitted = 1
const noSession = -1
const unknown = -1

/** Consecutive positions of one topic, which share an entry of the request. */
function byTopic(positions: readonly FetchPosition[]): FetchPosition[][] {
  const groups: FetchPosition[][] = []
  for (const position of positions) {
    const last = groups.at(-1)
    if (last?.[0]?.topic === position.topic) last.push(position)
    else groups.push([position])
  }
  return groups
}

function writeRequest(positions: readonly FetchPosition[], limits: FetchLimits): Buffer {
  const out = new ByteWriter(64 + positions.length * 64)
  out.int32(noReplica)
  out.int32(limits.waitMs)
  out.int32(1)
  out.int32(limits.maxBytes)
  out.int8(readCommitted)
  out.int32(0)
  out.int32(noSession)
  const topics = byTopic(positions)
  out.int32(topics.length)
  for (const partitions of topics) {
    out.string(partitions[0]?.topic ?? '')
    out.int32(partitions.length)
    for (const { partition, offset } of partitions) {
      out.int32(partition)
      out.int32(unknown)
      out.int64(offset)
      out.int64(unknown)
      out.int32(limits.maxBytesPerPartition)
    }
  }
  out.int32(0)
  out.string('')
  return out.written
}

function readPartition(reader: ByteReader, topic: string): FetchedPartition {
  const partition = reader.int32()
  const errorCode = reader.int16()
  const highWatermark = reader.int64()
  const lastStableOffset = reader.int64()
  const logStartOffset = reader.int64()
  const aborted = reader.array(() => ({ producerId: reader.int64(), firstOffset: reader.int64() }))
  reader.int32()
  const size = Math.max(0, reader.int32())
  const bytes = reader.bytes.subarray(reader.at, reader.at + size)
  reader.at += size
  return {
    topic,
    partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    aborted,
    batches: readBatches(bytes),
  }
}

/** Reads the body of a fetch answer, version 11. Throws RangeError on bytes that are none. */
export function readFetchAnswer(bytes: Buffer): FetchAnswer {
  const reader = new ByteReader(bytes)
  reader.int32()
  const errorCode = reader.int16()
  reader.int32()
  const topics = reader.array(() => {
    const topic = reader.string()
    return reader.array(() => readPartition(reader, topic))
  })
  return { errorCode, partitions: topics.flat() }
}

/**
 * A fetch, `read_committed`, version 11 (brokers since 2.3), in the order of the positions: a broker fills its answer from the
 * first one on. kafkajs's own takes several objects and copies for each record.
 */
export function fetchRequest(positions: readonly FetchPosition[], limits: FetchLimits): ProtocolRequest<FetchAnswer> {
  return {
    request: {
      apiKey: fetchKey,
      apiVersion: fetchVersion,
      apiName: 'Fetch',
      encode: async () => {
        const buffer = writeRequest(positions, limits)
        return { buf: buffer, buffer }
      },
    },
    response: { decode: async (bytes) => readFetchAnswer(bytes), parse: async (answer) => answer },
    requestTimeout: limits.waitMs + 100,
  }
}
