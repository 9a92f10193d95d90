/** Brings things that are done out of order back into it. */
export interface InOrder<T> {
  /** Says what came of a place; `undefined`: nothing. */
  settle(place: number, outcome: T | undefined): void
  /** What can be given now, in order of places; each once. */
  take(): readonly T[]
}

/** For places 0, 1, 2 and so on, each settled once. What waits for an earlier place is kept. */
export function createInOrder<T>(): InOrder<T> {
  const waiting = new Map<number, T | undefined>()
  let next = 0
  return {
    settle(place, outcome) {
      waiting.set(place, outcome)
    },
    take() {
      const ready: T[] = []
      for (; waiting.has(next); next += 1) {
        const outcome = waiting.get(next)
        waiting.delete(next)
        if (outcome !== undefined) ready.push(outcome)
      }
      return ready
    },
  }
}
