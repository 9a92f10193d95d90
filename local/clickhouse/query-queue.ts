import { tooManyQueries } from './exception.ts'

/** Writes and reads wait in lanes of their own, so that no insert ever waits for a slow read. */
export type Lane = 'write' | 'read'

type Waiting = { start: () => void; reject: (error: unknown) => void }

export type QueueLimits = {
  /** Statements of one lane that run at the same time. */
  running: Record<Lane, number>
  /** Statements of both lanes that may wait; one more is refused with code 202. */
  waiting: number
}

/** Runs queries first come, first served within their lane, and bounds how many may wait. */
export class QueryQueue {
  readonly #limits: QueueLimits
  readonly #running: Record<Lane, number> = { write: 0, read: 0 }
  readonly #waiting: Record<Lane, Waiting[]> = { write: [], read: [] }

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get waiting(): number {
    return this.#waiting.write.length + this.#waiting.read.length
  }

  /**
   * Runs `work` when the lane has room and resolves to its result. A signal aborted while it waits takes it out of the
   * queue unrun, and the promise rejects with the signal's reason.
   */
  run<T>(lane: Lane, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason)
    return new Promise<T>((resolve, reject) => {
      const start = (): void => {
        signal.removeEventListener('abort', leave)
        this.#running[lane]++
        const done = (): void => {
          this.#running[lane]--
          this.#next(lane)
        }
        work().then(resolve, reject).finally(done)
      }
      const entry: Waiting = { start, reject }
      const leave = (): void => {
        this.#waiting[lane] = this.#waiting[lane].filter((other) => other !== entry)
        reject(signal.reason)
      }
      if (this.#running[lane] < this.#limits.running[lane]) return start()
      if (this.waiting >= this.#limits.waiting) return reject(tooManyQueries(this.waiting))
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting[lane].push(entry)
    })
  }

  #next(lane: Lane): void {
    if (this.#running[lane] < this.#limits.running[lane]) this.#waiting[lane].shift()?.start()
  }
}
