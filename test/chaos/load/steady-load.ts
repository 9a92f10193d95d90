import { setTimeout as sleep } from 'node:timers/promises'
import type { Log, LogWriter } from '../../../streams/port.ts'
import { partitionKey } from '../../../streams/port.ts'
import type { LoadStep } from './plan.ts'

/** How a steady load is sent. */
export type SteadyLoadOptions = {
  readonly log: Log
  readonly steps: readonly LoadStep[]
  /** Time between two steps of the steady part. */
  readonly intervalMs: number
  readonly onTrouble: (error: unknown) => void
}

const id = 'chaos-load'
/** The load keeps its place as a committed position of a group of its own: in the same transaction as the records. */
const place = { topic: 'loads', partition: 0 }
const againMs = 500

/** The plan is at its end, and the faults are not. */
class LoadTooShortError extends Error {
  constructor(steps: number) {
    super(`The load of ${steps} steps was too short for the faults: give --sessions`)
    this.name = 'LoadTooShortError'
  }
}

/**
 * Sends the steps of a plan at a steady pace, each exactly once: what goes wrong throws the writer away, and the next one shuts
 * it out and goes on at the committed place.
 */
export class SteadyLoad {
  readonly #options: SteadyLoadOptions
  #next = 0
  #wantsEnd = false
  #isPaused = false
  /** Steps that failed at first, and were sent again or found to be there. */
  retries = 0
  /** Resolves with the number of steps sent; rejects when the plan is at its end before {@link end} was called. */
  readonly ended: Promise<number>

  constructor(options: SteadyLoadOptions) {
    this.#options = options
    this.ended = this.#run()
    this.ended.catch(() => undefined)
  }

  /** Steps sent so far. */
  get sent(): number {
    return this.#next
  }

  /** Ends the load at the next step behind which the clock has passed all bars. */
  end(): Promise<number> {
    this.#wantsEnd = true
    return this.ended
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
  }

  async #run(): Promise<number> {
    let writer: LogWriter | undefined
    for (;;) {
      try {
        writer ??= await this.#openWriter()
        const step = this.#options.steps[this.#next]
        if (!step) throw new LoadTooShortError(this.#next)
        const offset = this.#next + 1
        await writer.commit({ records: step.records, offsets: { group: id, positions: [{ ...place, offset }] } })
        this.#next = offset
        if (this.#wantsEnd && step.isEnd) break
        if (step.isSteady) await sleep(this.#options.intervalMs)
        while (this.#isPaused && !this.#wantsEnd) await sleep(50)
      } catch (error) {
        if (error instanceof LoadTooShortError) throw error
        this.retries += 1
        this.#options.onTrouble(error)
        await writer?.close().catch(this.#options.onTrouble)
        writer = undefined
        await sleep(againMs)
      }
    }
    await writer.close()
    return this.#next
  }

  async #openWriter(): Promise<LogWriter> {
    const { log } = this.#options
    const writer = await log.writer(id)
    await writer.fence()
    this.#next = (await log.committed(id, [place])).get(partitionKey(place)) ?? 0
    return writer
  }
}
