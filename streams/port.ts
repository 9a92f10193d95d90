/**
 * The narrow port through which the runtime sees the log. Topic names here are ids of `topics/topics.ts`; an adapter adds
 * the prefix of the run. Two adapters: `kafka/` (kafkajs) and `memory/` (no broker), held to one conformance suite.
 */

/** A partition of a topic. */
export type TopicPartition = { readonly topic: string; readonly partition: number }

/** A place in a partition: the offset of the next record to read. */
export type Position = TopicPartition & { readonly offset: number }

/** Header as it is on the wire; a name may repeat. */
export type Header = { readonly name: string; readonly value: Buffer }

/** A record as it is in the log. `timestamp` is UTC epoch milliseconds. */
export type LogRecord = {
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly Header[]
}

/** What one look at a partition gave: committed data records only; aborted and control records are passed over. */
export type Fetched = TopicPartition & {
  readonly records: readonly LogRecord[]
  /** Where to read on: behind the last record looked at, delivered or passed over. */
  readonly nextOffset: number
  /** Offset behind the last record of the partition, committed or not. */
  readonly endOffset: number
  /** Offset of the first record that may still be pending in an open transaction; equals `endOffset` when none is. */
  readonly stableOffset: number
  /** Offset of the oldest record kept. */
  readonly startOffset: number
}

/** Reads committed records. */
export interface LogReader {
  /**
   * Looks at each position once and resolves with what is there, waiting up to `waitMs` for the first record; `maxBytes` is about
   * how much a partition may bring at once. Throws {@link DataLossError} when a position is below the oldest record kept.
   */
  fetch(positions: readonly Position[], waitMs: number, maxBytes?: number): Promise<readonly Fetched[]>
  close(): Promise<void>
}

/** Value of a header to write: text is written as UTF-8; a list gives a header for each of its values. */
export type HeaderValue = string | Buffer | readonly (string | Buffer)[]

/** A record to append, to an explicit partition. */
export type OutgoingRecord = TopicPartition & {
  readonly key: Buffer
  readonly value: Buffer
  readonly timestamp: number
  readonly headers: Readonly<Record<string, HeaderValue>>
}

/** What one transaction holds: records, and the input positions they follow from, each with a short note for who reads it next. */
export type TransactionContent = {
  readonly records: readonly OutgoingRecord[]
  readonly offsets?: { readonly group: string; readonly positions: readonly (Position & { readonly note?: string })[] }
}

/**
 * Writes under one transactional id. After any error the writer is of no more use: close it, open another, and read the
 * committed positions again, since the outcome of the failed transaction is unknown.
 */
export interface LogWriter {
  /** Ends whatever another writer with this id left open, and shuts that writer out for good. */
  fence(): Promise<void>
  /** Writes all of it in one transaction, or throws. */
  commit(content: TransactionContent): Promise<void>
  close(): Promise<void>
}

/** Which partitions (tasks) a member of a group runs at present. */
export type Assignment = { readonly generation: number; readonly partitions: readonly number[] }

/** Membership of a consumer group. */
export interface Membership {
  /** Joins; `onAssigned` is called at each new assignment, `onLost` once when the membership cannot go on. */
  start(onAssigned: (assignment: Assignment) => void, onLost: (error: Error) => void): Promise<void>
  stop(): Promise<void>
}

/** How the partitions of a group's topics go to its members. */
export type AssignmentMode = 'co-partitioned' | 'all-to-one'

/** The log as the runtime needs it. */
export interface Log {
  reader(): Promise<LogReader>
  writer(transactionalId: string): Promise<LogWriter>
  membership(group: string, topics: readonly string[], mode: AssignmentMode): Membership
  /**
   * Committed position of each partition, or undefined where the group has none. That of a transaction that has just committed
   * may come a moment later, unless its writer's id has been fenced since.
   */
  committed(group: string, partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>>
  /** The notes that the committed positions carry, by {@link partitionKey}; none where there is none. */
  notes(group: string, partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, string>>
  /** Oldest offset kept and offset behind the last record, by {@link partitionKey}. */
  bounds(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, { start: number; end: number }>>
  close(): Promise<void>
}

/** Map key of a partition. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}[${partition}]`
}
