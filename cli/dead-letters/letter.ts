import type { DataRecord } from '../../processors/processor.ts'
import { bytesLeftOut } from '../../streams/dead-letter.ts'
import type { Header, LogRecord, TopicPartition } from '../../streams/port.ts'
import { type ProcessorName, processorNames } from '../../topics/topics.ts'

/** A dead letter: where it stands, what was refused, by whom and why. Times in UTC epoch milliseconds. */
export type Letter = {
  /** `<processor>[<partition>]@<offset>`, its place in the processor's dead letters. */
  readonly id: string
  readonly processor: ProcessorName
  readonly partition: number
  readonly offset: number
  readonly reason: string
  readonly message: string
  readonly source: TopicPartition & { readonly offset: number; readonly timestamp: number }
  /** Key, value and headers of the refused record, byte for byte; absent where they are too large for a letter. */
  readonly original: LogRecord | undefined
  /** The key as text: the symbol, on most topics. */
  readonly key: string
  readonly runId: string
}

/** The topic of a processor's dead letters. */
export const lettersTopic = (processor: ProcessorName): string => `dead-letters.${processor}`

/** The processor of this name. Throws RangeError naming those there are. */
export function processorOf(text: string): ProcessorName {
  const found = processorNames.find((name) => name === text)
  if (!found) throw new RangeError(`No processor ${text}; there are ${processorNames.join(', ')}`)
  return found
}

/** The place that an id names. Throws RangeError on text that is no id. */
export function parseLetterId(text: string): Pick<Letter, 'processor' | 'partition' | 'offset'> {
  const [, processor, partition, offset] = /^(?:dead-letters\.)?([a-z]+)\[(\d+)\]@(\d+)$/.exec(text) ?? []
  if (processor === undefined) {
    throw new RangeError(
      `${text} is not the id of a dead letter, such as ingest[0]@17; \`barline dead-letters list\` has them`,
    )
  }
  return { processor: processorOf(processor), partition: Number(partition), offset: Number(offset) }
}

/** The letter in a record of `dead-letters.<processor>`. */
export function letterIn(processor: ProcessorName, { partition, offset, value, headers }: DataRecord): Letter {
  const keyBytes = value.key as Buffer | null
  const source = {
    topic: String(value.source_topic),
    partition: Number(value.source_partition),
    offset: Number(value.source_offset),
    timestamp: Number(value.source_timestamp),
  }
  const original = {
    ...{ offset: source.offset, timestamp: source.timestamp, key: keyBytes, value: value.value as Buffer | null },
    headers: headersOf(value.header_names as string[], value.header_values as Buffer[]),
  }
  return {
    id: `${processor}[${partition}]@${offset}`,
    ...{ processor, partition, offset, source },
    reason: String(value.reason),
    message: String(value.message),
    original: headers[bytesLeftOut] === undefined ? original : undefined,
    key: keyBytes === null ? '' : printable(keyBytes),
    runId: String(value.run_id),
  }
}

const headersOf = (names: readonly string[], values: readonly Buffer[]): Header[] =>
  names.map((name, index) => ({ name, value: values[index] ?? Buffer.alloc(0) }))

/** Bytes as text where they are text, else in hex. */
export function printable(bytes: Buffer): string {
  const text = bytes.toString('utf8')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  return Buffer.from(text, 'utf8').equals(bytes) && !/[\u0000-\u001f\u007f]/.test(text)
    ? text
    : `0x${bytes.toString('hex')}`
}
