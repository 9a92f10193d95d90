import { setTimeout as sleep } from 'node:timers/promises'
import { assignPartitions } from '../assignment.ts'
import { FencedError } from '../errors.ts'
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
import { MemoryPartition, type TransactionState } from './memory-partition.ts'

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

type Id = { epoch: number; open: MemoryTransaction | undefined }

/** A transaction on a {@link MemoryLog}, which is open until it is ended. */
export type MemoryTransaction = {
  append(records: readonly OutgoingRecord[]): void
  commit(offsets?: TransactionContent['offsets']): void
  abort(): void
}

/**
 * The log in memory, for tests and for running a chain without a broker: transactions, fencing, groups, committed positions.
 * What a writer commits becomes visible at once; {@link begin} leaves a transaction open. An ended one leaves one offset unused
 * behind it, as a control record does.
 */
export class MemoryLog implements Log {
  readonly #options: MemoryLogOptions
  readonly #partitions = new Map<string, MemoryPartition>()
  readonly #committed = new Map<string, number>()
  readonly #notes = new Map<string, string>()
  readonly #ids = new Map<string, Id>()
  readonly #groups = new Map<string, Group>()
  #memberCount = 0

  constructor(options: MemoryLogOptions) {
    this.#options = options
  }

  async reader(): Promise<LogReader> {
    return {
      fetch: async (positions, waitMs) => {
        const fetched = positions.map((position) => this.look(position))
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
        epoch = this.fence(transactionalId)
      },
      commit: async ({ records, offsets }) => {
        const transaction = this.begin(transactionalId, epoch)
        transaction.append(records)
        transaction.commit(offsets)
      },
      close: async () => undefined,
    }
  }

  /** Aborts what is open under this id, shuts its writers out, and gives the epoch of the new one. */
  fence(transactionalId: string): number {
    const id = this.#ids.get(transactionalId)
    id?.open?.abort()
    const epoch = (id?.epoch ?? 0) + 1
    this.#ids.set(transactionalId, { epoch, open: undefined })
    return epoch
  }

  /** Begins a transaction of the writer with this epoch. It and what it gives throw {@link FencedError} once there is a newer one. */
  begin(transactionalId: string, epoch: number): MemoryTransaction {
    const id = this.#ids.get(transactionalId)
    if (!id || epoch !== id.epoch) throw new FencedError(transactionalId, 'epoch is old')
    if (id.open) throw new TypeError(`A transaction of ${transactionalId} is open`)
    const transaction = this.#transaction(
      () => {
        if (id.open !== transaction)
          throw new FencedError(transactionalId, 'the transaction was ended by a newer writer')
      },
      () => {
        id.open = undefined
      },
    )
    id.open = transaction
    return transaction
  }

  /** What is at a position now. */
  look(position: Position): Fetched {
    return this.#partition(position).look(position.offset)
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
    return new Map(partitions.map((each) => [partitionKey(each), this.#partition(each).bounds]))
  }

  async close(): Promise<void> {}

  /** Appends records as an outside producer would, in one transaction. */
  produce(records: readonly OutgoingRecord[]): void {
    const transaction = this.#transaction()
    transaction.append(records)
    transaction.commit()
  }

  /** Keeps the newest record of each key, as compaction does. */
  compact(where: TopicPartition): void {
    this.#partition(where).compact()
  }

  /** Drops records below an offset, as retention does. */
  deleteBelow(where: TopicPartition, offset: number): void {
    this.#partition(where).deleteBelow(offset)
  }

  /** Deletes a topic, and with it the positions that groups have committed on it, as a broker does; it is there again at once, empty. */
  deleteTopic(topic: string): void {
    const isOfTopic = (key: string): boolean => key.startsWith(`${topic}[`)
    for (const key of [...this.#partitions.keys()].filter(isOfTopic)) this.#partitions.delete(key)
    for (const positions of [this.#committed, this.#notes]) {
      for (const key of positions.keys()) if (isOfTopic(key.slice(key.indexOf('/') + 1))) positions.delete(key)
    }
  }

  /** Forgets what a group has committed, on one topic or on all, as a broker does once that is older than it keeps positions. */
  forgetPositions(group: string, topic = ''): void {
    for (const positions of [this.#committed, this.#notes]) {
      for (const key of positions.keys()) if (key.startsWith(`${group}/${topic && `${topic}[`}`)) positions.delete(key)
    }
  }

  /** All committed records of a partition that are still kept. */
  recordsOf(where: TopicPartition): LogRecord[] {
    return this.#partition(where).records
  }

  #partition(where: TopicPartition): MemoryPartition {
    const key = partitionKey(where)
    const count = this.#options.singlePartition?.includes(where.topic) ? 1 : this.#options.partitions
    if (where.partition < 0 || where.partition >= count) throw new RangeError(`${key} does not exist`)
    const partition = this.#partitions.get(key) ?? new MemoryPartition(where)
    this.#partitions.set(key, partition)
    return partition
  }

  #transaction(assertOpen = () => {}, ended = () => {}): MemoryTransaction {
    const state: TransactionState = { outcome: 'open' }
    const touched = new Set<MemoryPartition>()
    const end = (outcome: TransactionState['outcome']) => {
      state.outcome = outcome
      for (const partition of touched) partition.end(state)
      ended()
    }
    return {
      append: (records) => {
        assertOpen()
        for (const record of records) {
          const partition = this.#partition(record)
          const timestamp = this.#options.appendTime?.(record.topic) ?? record.timestamp
          partition.append({ ...record, timestamp }, state)
          touched.add(partition)
        }
      },
      commit: (offsets) => {
        assertOpen()
        end('committed')
        for (const position of offsets?.positions ?? []) this.#commitPosition(offsets?.group, position)
      },
      abort: () => {
        assertOpen()
        end('aborted')
      },
    }
  }

  #commitPosition(group: string | undefined, { note, ...position }: Position & { readonly note?: string }): void {
    const key = `${group}/${partitionKey(position)}`
    this.#committed.set(key, position.offset)
    if (note === undefined) this.#notes.delete(key)
    else this.#notes.set(key, note)
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
