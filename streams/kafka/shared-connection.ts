import { setTimeout as sleep } from 'node:timers/promises'
import { giveUp } from '../give-up.ts'

const defaultAttempts = 5
const defaultAgainMs = 200

/** How a connection is opened and closed; how often a question is asked, and after how long again: once, twice, … that. */
export type SharedConnectionOptions<Connection> = {
  open(): Promise<Connection>
  close(connection: Connection): Promise<void>
  readonly attempts?: number
  readonly againMs?: number
}

/**
 * A connection that is kept for many questions, several at a time. Once a question fails, that connection is closed and the question
 * asked again over the next one, which is the same for all.
 */
export class SharedConnection<Connection> {
  readonly #options: SharedConnectionOptions<Connection>
  #current: Promise<Connection> | undefined

  constructor(options: SharedConnectionOptions<Connection>) {
    this.#options = options
  }

  /** The answer to a question. Throws what it threw last, or what opening did, after the last attempt. */
  async ask<Answer>(question: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    const { open, attempts = defaultAttempts, againMs = defaultAgainMs } = this.#options
    for (let attempt = 1; ; attempt += 1) {
      this.#current ??= open()
      const used = this.#current
      try {
        return await question(await used)
      } catch (error) {
        this.#replace(used)
        if (attempt >= attempts) throw error
        await sleep(againMs * attempt)
      }
    }
  }

  async close(): Promise<void> {
    const current = this.#current
    this.#current = undefined
    if (current) await this.#options.close(await current)
  }

  /** Closes a connection that has failed, unless somebody did before: then the current one is another, which others are using. */
  #replace(used: Promise<Connection>): void {
    if (this.#current !== used) return
    this.#current = undefined
    const neverOpened = () => undefined
    used.then((connection) => giveUp({ close: () => this.#options.close(connection) }), neverOpened)
  }
}
