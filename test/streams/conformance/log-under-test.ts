import type { Log, OutgoingRecord, TopicPartition } from '../../../streams/port.ts'

/** A producer of somebody else, whose transactions stay open until it ends them. */
export type OutsideProducer = {
  /** Sends records in a request of their own, within the open transaction; begins one if there is none. */
  send(records: readonly OutgoingRecord[]): Promise<void>
  commit(): Promise<void>
  abort(): Promise<void>
}

/** A log and what a test does to it from outside. */
export type LogUnderTest = {
  readonly log: Log
  /** Makes a topic of {@link partitionCount} partitions. */
  createTopic(topic: string): Promise<void>
  deleteBelow(where: TopicPartition, offset: number): Promise<void>
  /** Makes the next commit of records throw, before or after it took effect. */
  failNextCommit(when: 'before' | 'after'): void
  /** Only of logs on which a transaction can stay open. */
  readonly outsideProducer?: (transactionalId: string) => Promise<OutsideProducer>
  close(): Promise<void>
}

/** Partitions of every topic of the suite. */
export const partitionCount = 3
