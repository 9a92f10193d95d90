import type { BodyReaders } from '../avro/codec.ts'
import type {
  ChunkProcessor,
  InputRecord,
  Processor,
  RestorableProcessor,
  TaskContext,
} from '../processors/processor.ts'
import type { ProcessorName } from '../topics/topics.ts'
import type { ChunkLimits } from './runner.ts'

/** A fold that rebuilds its state from what it wrote itself, since its interleaving is its own decision. */
export interface RestorableFromOutput extends Processor {
  /** Takes a record that it has written into the state. */
  takeBack(record: InputRecord): void
}

type Common = {
  readonly name: ProcessorName
  /** Ids of the topics read, in the order in which `select` sees their heads. */
  readonly inputs: readonly string[]
  /** Bounds of its transactions where they differ from the usual ones. */
  readonly limits?: Partial<ChunkLimits>
  /** How it wants records read that it does not want as objects of all their fields. */
  readonly readers?: BodyReaders
}

/** A pure fold whose state comes back by reading its inputs again. `fanIn`: one task over all partitions, else one each. */
export type FoldDefinition = Common & {
  readonly kind: 'fold'
  readonly fanIn: boolean
  create(context: TaskContext): Processor
}

/** A pure fold whose state comes back from what it wrote to its partition of the topic `restoresFrom`. */
export type OutputRestoredDefinition = Common & {
  readonly kind: 'fold-from-output'
  readonly fanIn: false
  readonly restoresFrom: string
  create(context: TaskContext): RestorableFromOutput
}

/** A processor that needs I/O for each chunk. Where it remembers, its memory comes back from a snapshot and by reading its inputs again. */
export type ChunkDefinition = Common & {
  readonly kind: 'chunk'
  readonly fanIn: false
  create(context: TaskContext): Promise<ChunkProcessor>
}

/** The memory of a chunk processor as a fold of its inputs, which emits nothing. */
export type MemoryDefinition = Common & {
  readonly kind: 'memory'
  readonly fanIn: false
  readonly memory: RestorableProcessor
}

/** Everything the runtime must know to run a processor. */
export type ProcessorDefinition = FoldDefinition | OutputRestoredDefinition | ChunkDefinition
