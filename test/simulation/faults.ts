import { seededRandom } from '../streams/support/random.ts'

/** The calls of the port, each of which may fail. */
export const callKinds = [
  'reader',
  'fetch',
  'writer',
  'fence',
  'commit',
  'close',
  'committed',
  'notes',
  'bounds',
  'join',
] as const

/** One of {@link callKinds}. */
export type CallKind = (typeof callKinds)[number]

/**
 * How a call goes: as it should; lost before it took effect; its answer lost after it; or its answer lost at once while it takes
 * effect later.
 */
export type CallFate = 'done' | 'before' | 'after' | 'later'

/** How a history is to go. Times are milliseconds of simulated time. */
export type FaultPlan = {
  readonly seed: number
  /** Chance that a call fails. */
  readonly failing: number
  /** Longest usual time of a call one way, and how often it takes much longer. */
  readonly latencyMs: number
  readonly slow: number
  /** From then on nothing fails any more, and everything has to be processed. */
  readonly untilMs: number
}

/** Chance and its record: what happens in a history, and how often it did. */
export class Faults {
  readonly #random: () => number
  readonly #plan: FaultPlan
  readonly #now: () => number
  #nextCommit: CallFate | undefined
  readonly counts = new Map<string, number>()

  constructor(plan: FaultPlan, now: () => number) {
    this.#random = seededRandom(plan.seed)
    this.#plan = plan
    this.#now = now
  }

  get isOver(): boolean {
    return this.#now() >= this.#plan.untilMs
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }

  chance(probability: number): boolean {
    return this.#random() < probability
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random() * (most - least + 1))
  }

  /** How long a call takes one way. */
  latencyMs(): number {
    const { latencyMs, slow } = this.#plan
    if (this.isOver || !this.chance(slow)) return this.between(0, latencyMs)
    this.count('slow call')
    return this.between(latencyMs, 40 * latencyMs)
  }

  /** Decides on the next commit that there is, whatever the plan says. */
  failNextCommit(fate: CallFate): void {
    this.#nextCommit = fate
  }

  /** How a call is to go, which counts as having happened. */
  fateOf(kind: CallKind): CallFate {
    if (kind === 'commit' && this.#nextCommit) {
      const fate = this.#nextCommit
      this.#nextCommit = undefined
      return fate
    }
    if (this.isOver || !this.chance(this.#plan.failing)) return 'done'
    const fates: readonly CallFate[] = kind === 'commit' ? ['before', 'after', 'later'] : ['before', 'after']
    const fate = fates[this.between(0, fates.length - 1)] ?? 'before'
    this.count(`${kind} failed ${fate}`)
    return fate
  }
}
