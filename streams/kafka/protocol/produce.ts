import type { OutgoingRecord } from '../../port.ts'
import { sizeOf } from '../../record-size.ts'
import { type ProtocolRequest, throwIfFailed } from '../broker.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { writeBatch } from './record-batch.ts'

/** Records of one partition and the sequence number of the first, under the topic's name on the broker. */
export type ProducedPartition = {
  readonly topic: string
  readonly partition: number
  readonly firstSequence: number
  readonly records: readonly OutgoingRecord[]
}

/** Who produces in which transaction. */
export type TransactionalProducer = { readonly transactionalId: string; readonly id: number; readonly epoch: number }

const produceKey = 0
const produceVersion = 7
const allReplicas = -1
const timeoutMs = 30_000

function writeRequest(producer: TransactionalProducer, partitions: readonly ProducedPartition[]): Buffer {
  const size = partitions.reduce(
    (sum, { records }) => records.reduce((bytes, record) => bytes + sizeOf(record), sum),
    256,
  )
  const out = new ByteWriter(size)
  out.string(producer.transactionalId)
  out.int16(allReplicas)
  out.int32(timeoutMs)
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  out.int32(topics.length)
  for (const topic of topics) {
    const mine = partitions.filter((each) => each.topic === topic)
    out.string(topic)
    out.int32(mine.length)
    for (const { partition, firstSequence, records } of mine) {
      out.int32(partition)
      const sizeAt = out.length
      out.int32(0)
      writeBatch(out, records, { id: producer.id, epoch: producer.epoch, firstSequence })
      out.setInt32(sizeAt, out.length - sizeAt - 4)
    }
  }
  return out.written
}

/** Error codes by partition, in the order of the answer. */
function readAnswer(bytes: Buffer): number[] {
  const reader = new ByteReader(bytes)
  const topics = reader.array(() => {
    reader.string()
    return reader.array(() => {
      reader.int32()
      const errorCode = reader.int16()
      reader.at += 3 * 8
      return errorCode
    })
  })
  return topics.flat()
}

/**
 * Produces one batch for each partition within a transaction, version 7 (brokers since 2.1). Throws what kafkajs throws for the
 * first partition that failed. kafkajs's own encoding takes several copies of all bytes and a buffer for each record.
 */
export function produceRequest(
  producer: TransactionalProducer,
  partitions: readonly ProducedPartition[],
): ProtocolRequest<number[]> {
  return {
    request: {
      apiKey: produceKey,
      apiVersion: produceVersion,
      apiName: 'Produce',
      encode: async () => {
        const buffer = writeRequest(producer, partitions)
        return { buf: buffer, buffer }
      },
    },
    response: {
      decode: async (bytes) => readAnswer(bytes),
      parse: async (errorCodes) => {
        errorCodes.forEach(throwIfFailed)
        return errorCodes
      },
    },
  }
}
