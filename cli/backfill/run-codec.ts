import type { RecordCodec } from '../../avro/codec.ts'
import { chainTopicId } from '../../topics/run-topics.ts'

/** The codec for topics of a run: they carry the records of the topics of the chain, under the schema ids of those. */
export function runCodec(codec: RecordCodec, runId: string): RecordCodec {
  return {
    encode: (topicId, recordName, value) => codec.encode(chainTopicId(topicId, runId), recordName, value),
    decode: (topicId, bytes) => codec.decode(chainTopicId(topicId, runId), bytes),
    learn: (schemaId) => codec.learn(schemaId),
  }
}
