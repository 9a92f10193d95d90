import type { Clock } from '../../streams/clock.ts'

/** A simulated process. Once it is not alive, nothing that it waited for comes any more: its memory is gone. */
export type SimulatedProcess = {
  readonly name: string
  isAlive: boolean
  /** It stands still until then: what comes for it waits. */
  stalledUntil: number
}

type Event = { at: number; readonly process: SimulatedProcess | undefined; readonly run: () => void }

/**
 * Simulated time: what is to happen is kept in the order of its time and done one by one, each with all that follows from it before
 * the next. Whoever chooses the times by a seed fixes the whole history with it.
 */
export class Scheduler {
  readonly #events: Event[] = []
  #now = 0
  /** Events that have happened. */
  steps = 0

  get now(): number {
    return this.#now
  }

  /** Lets something happen after so many milliseconds; for a process only if it is alive then. Gives what takes it back. */
  after(millis: number, run: () => void, process?: SimulatedProcess): () => void {
    const event = { at: this.#now + Math.max(0, millis), process, run }
    this.#insert(event)
    return () => {
      const index = this.#events.indexOf(event)
      if (index >= 0) this.#events.splice(index, 1)
    }
  }

  /** The clock of a process. */
  clockOf(process: SimulatedProcess): Clock {
    return {
      now: () => this.#now,
      sleep: (millis, signal) =>
        new Promise<void>((resolve) => {
          if (signal?.aborted) return resolve()
          const takeBack = this.after(millis, resolve, process)
          signal?.addEventListener('abort', () => {
            takeBack()
            resolve()
          })
        }),
    }
  }

  /** Lets things happen until the condition holds, or nothing is left, or time has come to `untilMs`. Whether it holds. */
  async run(isDone: () => boolean, untilMs: number): Promise<boolean> {
    for (;;) {
      await settled()
      if (isDone()) return true
      const event = this.#events.shift()
      if (!event) return false
      if (event.at > untilMs) {
        this.#insert(event)
        return false
      }
      this.#now = event.at
      const { process } = event
      if (process && !process.isAlive) continue
      if (process && process.stalledUntil > this.#now) {
        event.at = process.stalledUntil
        this.#insert(event)
        continue
      }
      this.steps += 1
      event.run()
    }
  }

  /** In its place by time, behind those of the same time. */
  #insert(event: Event): void {
    let index = this.#events.length
    while (index > 0 && (this.#events[index - 1]?.at ?? 0) > event.at) index -= 1
    this.#events.splice(index, 0, event)
  }
}

/** Resolves when everything that follows without waiting for time has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
