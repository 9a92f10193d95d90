import { FencedError, LogUnavailableError } from '../../streams/errors.ts'
import type { MemoryLog, MemoryTransaction } from '../../streams/memory/memory-log.ts'
import {
  type AssignmentMode,
  type Fetched,
  type Log,
  type LogReader,
  type LogWriter,
  type Membership,
  type Position,
  partitionKey,
  type TopicPartition,
  type TransactionContent,
} from '../../streams/port.ts'
import type { CallFate, CallKind, Faults } from './faults.ts'
import type { Scheduler, SimulatedProcess } from './scheduler.ts'
import { type MemberLink, SimulatedMembership } from './simulated-membership.ts'

/** What the processes of a history share. */
export type SimulatedWorld = {
  readonly memory: MemoryLog
  readonly scheduler: Scheduler
  readonly faults: Faults
}

const brokers = 2

/** Which broker leads a partition. Bars and clock of one number have different ones. */
const leaderOf = (where: TopicPartition): number =>
  (Buffer.from(partitionKey(where)).reduce((sum, byte) => sum + byte) % 3) % brokers

/** How a call went wrong, as the client would say it. */
const unavailable = (kind: CallKind, fate: CallFate) => new LogUnavailableError(`Simulated ${kind}`, `failed ${fate}`)

/**
 * The log as one simulated process sees it: every call goes to the {@link MemoryLog} and back in simulated time, so that the answers to
 * calls come in any order, and may fail on either way. What was sent arrives although its process has died since.
 */
export class SimulatedLog implements Log {
  readonly #world: SimulatedWorld
  readonly #process: SimulatedProcess
  readonly #links: MemberLink[] = []

  constructor(world: SimulatedWorld, process: SimulatedProcess) {
    this.#world = world
    this.#process = process
  }

  /** The memberships that this process has. */
  get links(): readonly MemberLink[] {
    return this.#links
  }

  async reader(): Promise<LogReader> {
    await this.#call('reader', () => undefined)
    return {
      fetch: (positions, waitMs) => this.#fetch(positions, waitMs),
      close: () => this.#call('close', () => undefined),
    }
  }

  async writer(transactionalId: string): Promise<LogWriter> {
    await this.#call('writer', () => undefined)
    const { memory } = this.#world
    let epoch = -1
    return {
      fence: async () => {
        epoch = await this.#call('fence', () => memory.fence(transactionalId))
      },
      commit: (content) => this.#commit(transactionalId, epoch, content),
      close: () => this.#call('close', () => undefined),
    }
  }

  membership(group: string, topics: readonly string[], mode: AssignmentMode): Membership {
    const join = (effect: () => Promise<void>) => this.#call('join', effect)
    const open = () => this.#world.memory.membership(group, topics, mode)
    const membership = new SimulatedMembership(this.#world, this.#process, open, join)
    this.#links.push(membership)
    return membership
  }

  committed(group: string, partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, number>> {
    return this.#call('committed', () => this.#world.memory.committed(group, partitions))
  }

  notes(group: string, partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, string>> {
    return this.#call('notes', () => this.#world.memory.notes(group, partitions))
  }

  bounds(partitions: readonly TopicPartition[]): Promise<ReadonlyMap<string, { start: number; end: number }>> {
    return this.#call('bounds', () => this.#world.memory.bounds(partitions))
  }

  async close(): Promise<void> {}

  /** One request to each broker: what the answers tell of two partitions is not of one moment. */
  async #fetch(positions: readonly Position[], waitMs: number): Promise<readonly Fetched[]> {
    const byLeader = Array.from({ length: brokers }, (_, broker) =>
      positions.filter((each) => leaderOf(each) === broker),
    )
    const asked = byLeader.filter((some) => some.length > 0)
    return (await Promise.all(asked.map((some) => this.#fetchFrom(some, waitMs)))).flat()
  }

  async #fetchFrom(positions: readonly Position[], waitMs: number): Promise<readonly Fetched[]> {
    const { memory } = this.#world
    const look = () => positions.map((position) => memory.look(position))
    const found = await this.#call('fetch', look)
    if (found.some(({ records, nextOffset }, index) => records.length > 0 || nextOffset !== positions[index]?.offset)) {
      return found
    }
    // A long poll that found nothing at first.
    return new Promise((resolve, reject) => {
      this.#world.scheduler.after(waitMs, () => settle(look, resolve, reject), this.#process)
    })
  }

  /** Sends the records, and ends the transaction with the positions. Whatever fails in between leaves it open. */
  async #commit(id: string, epoch: number, { records, offsets }: TransactionContent): Promise<void> {
    const { memory, faults } = this.#world
    let transaction: MemoryTransaction | undefined
    const fate = faults.fateOf('commit')
    if (records.length > 0) {
      await this.#send(() => {
        transaction = memory.begin(id, epoch)
        transaction.append(records)
      })
    }
    const end = () => {
      transaction ??= memory.begin(id, epoch)
      transaction.commit(offsets)
    }
    if (fate === 'before') throw unavailable('commit', fate)
    if (fate === 'later') {
      this.#world.scheduler.after(faults.between(0, 300), () => {
        if (succeeds(end)) faults.count('commit took effect after it had failed')
        else faults.count('commit was fenced after it had failed')
      })
      throw unavailable('commit', fate)
    }
    await this.#send(end)
    if (fate === 'after') throw unavailable('commit', fate)
  }

  async #call<T>(kind: CallKind, effect: () => T | Promise<T>): Promise<T> {
    const fate = this.#world.faults.fateOf(kind)
    if (fate === 'before') {
      await this.#send(() => undefined)
      throw unavailable(kind, fate)
    }
    const answer = await this.#send(effect)
    if (fate === 'after') throw unavailable(kind, fate)
    return answer
  }

  /** There, the effect, and back. */
  #send<T>(effect: () => T | Promise<T>): Promise<T> {
    const { scheduler, faults } = this.#world
    return new Promise((resolve, reject) => {
      scheduler.after(faults.latencyMs(), () => {
        settle(
          effect,
          (answer) => scheduler.after(faults.latencyMs(), () => resolve(answer), this.#process),
          (error) => {
            if (error instanceof FencedError) faults.count('writer fenced')
            scheduler.after(faults.latencyMs(), () => reject(error), this.#process)
          },
        )
      })
    })
  }
}

function settle<T>(effect: () => T | Promise<T>, resolve: (answer: T) => void, reject: (error: unknown) => void): void {
  new Promise<T>((answer) => answer(effect())).then(resolve, reject)
}

function succeeds(effect: () => void): boolean {
  try {
    effect()
    return true
  } catch (error) {
    if (error instanceof FencedError) return false
    throw error
  }
}
