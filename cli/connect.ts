import { openCodec, type RecordCodec } from '../avro/codec.ts'
import { standStillAt } from '../streams/fault-points.ts'
import { KafkaLog } from '../streams/kafka/kafka-log.ts'
import type { Addresses } from './addresses.ts'
import type { Config } from './config.ts'

/** A line about what happens, for the log of a process. */
export type Say = (event: string, details?: Record<string, unknown>) => void

/** The log as this process's settings say. */
export function openLog(config: Config, { brokers }: Addresses, clientId: string, say: Say = () => {}): KafkaLog {
  const announce = (line: string) => process.stdout.write(`${line}\n`)
  return new KafkaLog({
    brokers,
    clientId,
    prefix: config.topicPrefix,
    sessionTimeoutMs: config.sessionTimeoutMs,
    onLog: (level, message, details) => say(`kafka-${level}`, { message, ...details }),
    ...(config.faultPoint ? { faultPoint: standStillAt(config.faultPoint, announce) } : {}),
  })
}

/** The codec over the registry; with owners, one that writes only topics of theirs. */
export function connectCodec(
  config: Config,
  { registryUrl }: Addresses,
  owners?: readonly string[],
): Promise<RecordCodec> {
  const { topicPrefix } = config
  return openCodec({ registryUrl, topicPrefix, ...(owners ? { owners } : {}) })
}
