import {
  type Assignment,
  type AssignmentMode,
  type Fetched,
  type Log,
  type LogRecord,
  type LogWriter,
  type OutgoingRecord,
  type Position,
  partitionKey,
  type TopicPartition,
} from '../../../streams/port.ts'
import type { LogUnderTest, OutsideProducer } from './log-under-test.ts'

/** How long a look waits for a first record. */
export const waitMs = 200
let topicCount = 0

/** A record that holds a text. */
export function textRecord(where: TopicPartition, text: string, timestamp = 1_000): OutgoingRecord {
  return { ...where, key: Buffer.from('key'), value: Buffer.from(text), timestamp, headers: {} }
}

/** The texts of records. */
export const texts = (records: readonly LogRecord[]): string[] => records.map(({ value }) => String(value))

/** A member of a group and what it was assigned. */
export type Joined = { readonly assignments: Assignment[]; current(): readonly number[]; leave(): Promise<void> }

/** The log under test, and what its tests do with it. It is opened before the first of them. */
export class LogWorld {
  #subject: LogUnderTest | undefined

  async open(open: () => Promise<LogUnderTest>): Promise<void> {
    this.#subject = await open()
  }

  async close(): Promise<void> {
    await this.#subject?.close()
  }

  get subject(): LogUnderTest {
    if (!this.#subject) throw new Error('The log is not open')
    return this.#subject
  }

  get log(): Log {
    return this.subject.log
  }

  async newTopic(): Promise<string> {
    topicCount += 1
    const topic = `conformance-${topicCount}`
    await this.subject.createTopic(topic)
    return topic
  }

  async withWriter<T>(id: string, use: (writer: LogWriter) => Promise<T>): Promise<T> {
    const writer = await this.log.writer(id)
    try {
      await writer.fence()
      return await use(writer)
    } finally {
      await writer.close()
    }
  }

  /** As a task asks for them: behind its fence, since a broker may put positions into force a moment after the commit returned. */
  committedBehind(id: string, group: string, partitions: readonly TopicPartition[]) {
    return this.withWriter(id, () => this.log.committed(group, partitions))
  }

  async outside(id: string): Promise<OutsideProducer> {
    const { subject } = this
    if (!subject.outsideProducer) throw new Error('This log has no outside producer')
    return subject.outsideProducer(id)
  }

  async look(position: Position): Promise<Fetched> {
    const reader = await this.log.reader()
    try {
      const [fetched] = await reader.fetch([position], waitMs)
      if (!fetched) throw new Error(`Nothing was answered about ${partitionKey(position)}`)
      return fetched
    } finally {
      await reader.close()
    }
  }

  /** Reads until nothing is left or pending. */
  async readAll(where: TopicPartition, fromOffset = 0): Promise<LogRecord[]> {
    const reader = await this.log.reader()
    const records: LogRecord[] = []
    try {
      for (let offset = fromOffset; ; ) {
        const [fetched] = await reader.fetch([{ ...where, offset }], waitMs)
        if (!fetched) throw new Error(`Nothing was answered about ${partitionKey(where)}`)
        records.push(...fetched.records)
        offset = fetched.nextOffset
        if (offset >= fetched.endOffset && fetched.stableOffset >= fetched.endOffset) return records
      }
    } finally {
      await reader.close()
    }
  }

  async join(group: string, topics: readonly string[], mode: AssignmentMode): Promise<Joined> {
    const assignments: Assignment[] = []
    const membership = this.log.membership(group, topics, mode)
    await membership.start(
      (assignment) => assignments.push(assignment),
      (error) => {
        throw error
      },
    )
    return { assignments, current: () => assignments.at(-1)?.partitions ?? [], leave: () => membership.stop() }
  }
}
