import { Partitioners } from 'kafkajs'

const choose = Partitioners.DefaultPartitioner()

/** The partition of a key: murmur2 as the Java client has it, so that any producer puts a symbol where we do. */
export function partitionOfKey(key: string, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    leader: 0,
    isr: [],
    replicas: [],
    partitionErrorCode: 0,
  }))
  return choose({ topic: '', partitionMetadata, message: { key, value: null } })
}
