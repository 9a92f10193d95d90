import { seededRandom } from '../../streams/support/random.ts'
import type { Choice, FaultKind } from './fault-kind.ts'

/** A fault that is to be, and the choices that belong to it alone. */
export type PlannedFault = {
  readonly number: number
  readonly kind: FaultKind
  readonly choice: Choice
  readonly restMs: number
}

/** Choices from a seed. */
export function choiceOf(seed: number): Choice {
  const random = seededRandom(seed)
  return {
    number: random,
    between: (least, most) => least + Math.floor(random() * (most - least + 1)),
    of: (items) => items[Math.floor(random() * items.length)] ?? items[0],
  }
}

/**
 * Faults from a seed. Each kind comes once before chance decides, in the order of a shuffle, so that a run of some length has all
 * of them; what a fault chooses comes from a seed of its own, so that its choices do not hang on how the ones before went.
 */
export function scheduleFaults(kinds: readonly FaultKind[], count: number, seed: number): PlannedFault[] {
  const choice = choiceOf(seed)
  const shuffled = kinds.map((kind) => ({ kind, at: choice.number() })).sort((a, b) => a.at - b.at)
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0)
  const drawn = (): FaultKind => {
    let left = choice.number() * total
    const found = kinds.find(({ weight }) => {
      left -= weight
      return left < 0
    })
    return found ?? (kinds[0] as FaultKind)
  }
  return Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    kind: shuffled[index]?.kind ?? drawn(),
    choice: choiceOf(seed * 100_003 + index),
    restMs: choice.between(0, 1_500),
  }))
}
