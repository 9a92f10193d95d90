import type { Refusal } from './refusal.ts'

/** Says how far event time has come on a partition; not data. Times are UTC epoch milliseconds. */
export type Marker = { readonly kind: 'clock' | 'progress'; readonly ts: number; readonly known_at: number }

/** A decoded data record of an input topic. `value` has the fields of the Avro record named `recordName`. */
export type DataRecord = {
  readonly kind: 'data'
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Record timestamp: log append time on raw topics, event time on derived ones; UTC epoch milliseconds. */
  readonly timestamp: number
  readonly key: string
  /** Full name of the Avro record, for example `barline.market.Bar`. */
  readonly recordName: string
  readonly value: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
}

/** A marker read from an input topic. */
export type MarkerRecord = {
  readonly kind: 'marker'
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly marker: Marker
}

/** What a processor is fed. */
export type InputRecord = DataRecord | MarkerRecord

/** The next unread record of one input partition, if it is there. */
export type InputHead = {
  readonly topic: string
  readonly partition: number
  readonly record: InputRecord | undefined
  /** Whether the last look found nothing behind what has been read: the reader stands at the end of the partition. */
  readonly caughtUp: boolean
  /**
   * Number of the look at the log that brought the record or, where there is none, of the last one at this input. What a look tells of
   * several inputs is not of one moment; what a later one tells is later.
   */
  readonly look: number
}

/** The head of an input of which all that matters is there already, as when history is read again: nothing can come before it any more. */
export function completeHead(
  { topic, partition }: Pick<InputHead, 'topic' | 'partition'>,
  record: InputRecord | undefined,
  caughtUp: boolean,
): InputHead {
  return { topic, partition, record, caughtUp, look: record === undefined ? 1 : 0 }
}

/** A data record to write. Without `partition` it goes to the task's own partition. */
export type OutputRecord = {
  readonly topic: string
  readonly key: string
  readonly recordName: string
  readonly value: Readonly<Record<string, unknown>>
  /** Event time of the record, UTC epoch milliseconds. */
  readonly timestamp: number
  readonly headers?: Readonly<Record<string, string>>
  readonly partition?: number
}

/** Where a processor puts what it makes of the record it is given. */
export interface Emit {
  record(output: OutputRecord): void
  marker(topic: string, marker: Marker, partition?: number): void
  /** Refuses the record being applied: it becomes a dead letter with its original bytes. */
  refuse(refusal: Refusal): void
  /** Counts the record being applied as a repeat of one already taken. */
  duplicate(): void
  /** Counts an output that the record being applied does not lead to although one might look for it, by why. */
  leaveOut(reason: 'OUTSIDE_UNIVERSE'): void
}

/**
 * A processor: a deterministic fold of its ordered inputs, without I/O and without a clock. One instance serves one task
 * (one partition, or all of them for a fan-in processor) and holds that task's state.
 */
export interface Processor {
  /**
   * Which head to take next, as an index into `heads` (one entry per input partition, in the order of the inputs), or
   * undefined to wait. A choice must never depend on which record merely arrived first.
   */
  select(heads: readonly InputHead[]): number | undefined
  /** Takes one record into the state and emits what follows from it. Never throws on bad data: it refuses. */
  apply(record: InputRecord, emit: Emit): void
}

/** What has a state that can be taken out whole, as data, and put back. */
export interface Restorable {
  /** Hex sha256 of all that gives a snapshot its meaning: it is good for the same hash only. */
  readonly layoutHash: string
  /** A copy of the state: plain data, Maps and typed arrays below an object of named parts. Nothing changes it any more. */
  snapshot(): Readonly<Record<string, unknown>>
  /** Replaces the state by a copy of a snapshot's. Throws when it is of another layout. */
  restore(snapshot: Readonly<Record<string, unknown>>): void
}

/** A processor whose whole state can be taken out as data and put back. */
export interface RestorableProcessor extends Processor, Restorable {}

/** A data record that was taken before; `decoded` reads it once more, undefined if it is none that a processor can take. */
export type TakenRecord = { readonly offset: number; decoded(): Promise<DataRecord | undefined> }

/** What a task has taken of one input before it (re)starts, for a look at whether what came of it is still there. */
export type TakenInput = {
  readonly topic: string
  readonly partition: number
  /** Its records are accounted for from this offset on, up to before `to`. */
  readonly from: number
  readonly to: number
  /** Offset behind the last record of the input at that time. */
  readonly end: number
  /** How many data records of that range were taken and not refused; undefined when nobody has counted them. */
  readonly kept: number | undefined
  /** The records of the range without markers and without those that were refused, oldest first, some at a time. */
  read(): AsyncIterable<readonly TakenRecord[]>
}

/**
 * A processor that needs I/O to make its outputs (inference, the sink). They depend on each record alone, unless it is a
 * {@link RememberingProcessor}.
 */
export interface ChunkProcessor {
  /**
   * Looks, before a task goes on, at whether what came of the records taken before is there, and gives the number of records kept
   * of each input. Throws when something is missing.
   */
  audit?(inputs: readonly TakenInput[]): Promise<readonly number[]>
  /** Takes records in order and emits for each through the `emit` of its index. Runs to the end before the chunk commits. */
  applyChunk(records: readonly InputRecord[], emits: (index: number) => Emit): Promise<void>
}

/**
 * A chunk processor whose outputs also depend on the records before: it remembers of every record, whatever came of it. Its `applyChunk`
 * either takes all of the chunk into the memory, or throws and leaves the memory as it was. What it remembers of one input does not
 * depend on the others.
 */
export interface RememberingProcessor extends ChunkProcessor, Restorable {
  /** Takes a record into the memory and makes nothing of it: one that was answered before, or that is given up. */
  remember(record: InputRecord): void
}

/** What a processor is made for: its own partition and the number of partitions of the chain. */
export type TaskContext = { readonly partition: number; readonly partitions: number; readonly runId: string }
