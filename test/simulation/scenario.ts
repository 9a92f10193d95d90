import type { RecordCodec } from '../../avro/codec.ts'
import type { ProcessorDefinition } from '../../streams/definition.ts'
import type { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { LogRecord, OutgoingRecord, TopicPartition } from '../../streams/port.ts'

/** The committed records of an input partition that its processor has committed as taken. */
export type Taken = (where: TopicPartition) => readonly LogRecord[]

/** What a processor runs over in a history, and what has to come of it. */
export type Scenario = {
  readonly name: string
  readonly partitions: number
  readonly codec: RecordCodec
  /** Size of the pieces of its snapshots, in hundreds of bytes. */
  readonly pieceHundreds: number
  /**
   * Whether the records of the input count on each other, by their order or by their offsets: then none of its transactions stays open,
   * and no foreign one takes offsets in between.
   */
  readonly isOrdered: boolean
  /** Each after those whose outputs it reads. */
  readonly definitions: readonly ProcessorDefinition[]
  /** Transactions of the input, in their order. */
  input(random: () => number): readonly (readonly OutgoingRecord[])[]
  /** What is on the log, as text. */
  written(memory: MemoryLog): readonly string[]
  /**
   * What has to be there when so much was taken, worked out without the runtime; undefined where only an undisturbed history can tell,
   * once all is processed. The input is the same for every seed then.
   */
  readonly expected: ((taken: Taken) => readonly string[]) | undefined
}
