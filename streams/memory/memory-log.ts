import { setTimeout as sleep } from 'node:timers/promises'
import { assignPartitions } from '../assignment.ts'
import { DataLossError, FencedError } from '../errors.ts'
import {
  type Assignment,
  type AssignmentMode,
  type Fetched,
  type Log,
  type LogReader,
  type LogRecord,
  type LogWriter,
  type Membership,
  type OutgoingRecord,
  type Position,
  partitionKey,
  type TopicPartition,
  type TransactionContent,
} from '../port.ts'

type Member = { readonly id: string; partitions: number[]; readonly onAssigned: (assignment: Assignment) => void }
type Group = { readonly mode: AssignmentMode; generation: number; readonly members: Member[] }

/** Options of a {@link MemoryLog}. */
export type MemoryLogOptions = {
  readonly partitions: number
  /** Topics with one partition. */
  readonly singlePartition?: readonly string[]
  /** Gives the append time of topics whose timestamps the log sets; those of the others are the writer's. */
  readonly appendTime?: (topic: string) => number | undefined
}

/**
 * The log in memory, for tests and for running a chain without a broker: whole transactions, fencing, groups, committed
 * positions. A transaction becomes visible at once and leaves one offset unused behind it, as a control record does.
 */
export class MemoryLog implements Log {
  readonly #options: MemoryLogOptions
  readonly #partitions = new Map<string, (LogRecord | undefined)[]>()
  readonly #starts = new Map<string, number>()
  readonly #committed = new Map<string, number>()
  readonly #notes = new Map<string, string>()
  readonly #epochs = new Map<string, number>()
  readonly #groups = new Map<string, Group>()
  #memberCount = 0

  constructor(options: MemoryLogOptions) {
    this.#options = options
  }

  async reader(): Promise<LogReader> {
    return {
      fetch: async (positions, waitMs) => {
        const fetched = positions.map((position) => this.#fetch(position))
        if (fetched.every(({ records }) => records.length === 0)) await sleep(Math.min(waitMs, 2))
        return fetched
      },
      close: async () => undefined,
    }
  }

  async writer(transactionalId: string): Promise<LogWriter> {
    let epoch = -1
    return {
      fence: async () => {
        epoch = (this.#epochs.get(transactionalId) ?? 0) + 1
        this.#epochs.set(transactionalId, epoch)
      },
      commit: async (content) => {
        if (epoch !== this.#epochs.get(transactionalId)) throw new FencedError(transactionalId, 'epoch is old')
        this.#commit(content)
      },
      close: async () => undefined,
    }
  }

  membership(group: string, _topics: readonly string[], mode: AssignmentMode): Membership {
    this.#memberCount += 1
    const id = `member-${this.#memberCount}`
    return {
      start: async (onAssigned) => {
        const members = this.#groups.get(group) ?? { mode, generation: 0, members: [] }
        this.#groups.set(group, members)
        members.members.push({ id, partitions: [], onAssigned })
        this.#rebalance(members)
      },
      stop: async () => {
        const members = this.#groups.get(group)
        const index = members?.members.findIndex((member) => member.id === id) ?? -1
        if (!members || index < 0) return
        members.members.splice(index, 1)
        this.#rebalance(members)
      },
    }
  }

  async committed(group: string, partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>()
    for (const each of partitions) {
      const offset = this.#committed.get(`${group}/${partitionKey(each)}`)
      if (offset !== undefined) found.set(partitionKey(each), offset)
    }
    return found
  }

  async notes(group: string, partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>()
    for (const key of partitions.map(partitionKey)) {
      const note = this.#notes.get(`${group}/${key}`)
      if (note !== undefined) found.set(key, note)
    }
    return found
  }

  async bounds(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, { start: number; end: number }>> {
    return new Map(
      partitions.map((each) => {
        const key = partitionKey(each)
        return [key, { start: this.#starts.get(key) ?? 0, end: this.#records(each).length }]
      }),
    )
  }

  async close(): Promise<void> {}

  /** Appends records as an outside producer would, in one transaction. */
  produce(records: readonly OutgoingRecord[]): void {
    this.#commit({ records })
  }

  /** Keeps the newest record of each key, as compaction does. */
  compact(where: TopicPartition): void {
    const records = this.#records(where)
    const newest = new Map(records.map((record, offset) => [record?.key?.toString('latin1'), offset]))
    for (const [offset, record] of records.entries()) {
      if (record && newest.get(record.key?.toString('latin1')) !== offset) records[offset] = undefined
    }
  }

  /** Drops records below an offset, as retention does. */
  deleteBelow(where: TopicPartition, offset: number): void {
    this.#starts.set(partitionKey(where), offset)
  }

  /** All records of a partition that are still kept. */
  recordsOf(where: TopicPartition): LogRecord[] {
    const start = this.#starts.get(partitionKey(where)) ?? 0
    return this.#records(where).filter((record): record is LogRecord => record !== undefined && record.offset >= start)
  }

  #records(where: TopicPartition): (LogRecord | undefined)[] {
    const key = partitionKey(where)
    const count = this.#options.singlePartition?.includes(where.topic) ? 1 : this.#options.partitions
    if (where.partition < 0 || where.partition >= count) throw new RangeError(`${key} does not exist`)
    const records = this.#partitions.get(key) ?? []
    this.#partitions.set(key, records)
    return records
  }

  #fetch(position: Position): Fetched {
    const records = this.#records(position)
    const startOffset = this.#starts.get(partitionKey(position)) ?? 0
    if (position.offset < startOffset) throw new DataLossError(position, position.offset, startOffset)
    if (position.offset > records.length) throw new DataLossError(position, position.offset, undefined)
    const found = records.slice(position.offset, position.offset + 500)
    return {
      topic: position.topic,
      partition: position.partition,
      records: found.filter((record): record is LogRecord => record !== undefined),
      nextOffset: position.offset + found.length,
      endOffset: records.length,
      stableOffset: records.length,
      startOffset,
    }
  }

  #commit({ records, offsets }: TransactionContent): void {
    const touched = new Set<(LogRecord | undefined)[]>()
    for (const { topic, partition, key, value, timestamp, headers } of records) {
      const log = this.#records({ topic, partition })
      log.push({
        offset: log.length,
        timestamp: this.#options.appendTime?.(topic) ?? timestamp,
        key,
        value,
        headers: Object.entries(headers).flatMap(([name, values]) =>
          [values].flat().map((each) => ({ name, value: Buffer.from(each) })),
        ),
      })
      touched.add(log)
    }
    for (const log of touched) log.push(undefined)
    for (const position of offsets?.positions ?? []) {
      const key = `${offsets?.group}/${partitionKey(position)}`
      this.#committed.set(key, position.offset)
      if (position.note === undefined) this.#notes.delete(key)
      else this.#notes.set(key, position.note)
    }
  }

  #rebalance(group: Group): void {
    group.generation += 1
    if (group.members.length === 0) return
    const histories = group.members.map(({ id, partitions }) => ({ memberId: id, partitions }))
    const assigned = assignPartitions(histories, this.#options.partitions, group.mode)
    for (const member of group.members) {
      member.partitions = assigned.get(member.id) ?? []
      member.onAssigned({ generation: group.generation, partitions: member.partitions })
    }
  }
}
