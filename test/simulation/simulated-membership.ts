import type { Assignment, Membership } from '../../streams/port.ts'
import type { SimulatedProcess } from './scheduler.ts'
import type { SimulatedWorld } from './simulated-log.ts'

/** What can happen to a membership from outside of its process. */
export type MemberLink = {
  /** The group goes on without the member, which is not told. */
  evict(): void
  /** The member notices that it was shut out, and joins anew. */
  rejoin(): void
  /** The membership cannot go on; the process is told. */
  lose(error: Error): void
}

/** Thrown at a process whose membership is lost. */
export class MembershipLostError extends Error {
  readonly code = 'MEMBERSHIP_LOST'
  readonly retriable = false
}

/** Membership of a simulated process: assignments reach it late, and a newer one may overtake an older one, which is then void. */
export class SimulatedMembership implements Membership, MemberLink {
  readonly #world: SimulatedWorld
  readonly #process: SimulatedProcess
  readonly #open: () => Membership
  readonly #join: (effect: () => Promise<void>) => Promise<void>
  #inner: Membership | undefined
  #generation = 0
  #hasLeft = false
  #onAssigned: (assignment: Assignment) => void = () => {}
  #onLost: (error: Error) => void = () => {}

  constructor(
    world: SimulatedWorld,
    process: SimulatedProcess,
    open: () => Membership,
    join: (effect: () => Promise<void>) => Promise<void>,
  ) {
    this.#world = world
    this.#process = process
    this.#open = open
    this.#join = join
  }

  async start(onAssigned: (assignment: Assignment) => void, onLost: (error: Error) => void): Promise<void> {
    this.#onAssigned = onAssigned
    this.#onLost = onLost
    await this.#join(() => this.#enter())
  }

  async stop(): Promise<void> {
    this.#hasLeft = true
    this.evict()
  }

  evict(): void {
    void this.#inner?.stop()
    this.#inner = undefined
  }

  rejoin(): void {
    if (!this.#inner) void this.#enter()
  }

  lose(error: Error): void {
    this.evict()
    this.#onLost(error)
  }

  async #enter(): Promise<void> {
    // A request to join may arrive after all that its sender did.
    if (this.#hasLeft || !this.#process.isAlive) return
    const { scheduler, faults } = this.#world
    const inner = this.#open()
    this.#inner = inner
    const told = (assignment: Assignment) => {
      faults.count('rebalance')
      const tell = () => {
        if (this.#inner !== inner || assignment.generation <= this.#generation) return
        this.#generation = assignment.generation
        this.#onAssigned(assignment)
      }
      scheduler.after(faults.latencyMs(), tell, this.#process)
    }
    await inner.start(told, () => undefined)
  }
}
