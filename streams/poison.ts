import type { DecodedInput } from './input-record.ts'
import { partitionKey } from './port.ts'
import { ProcessingError } from './runner.ts'

const attemptsBeforeRefusal = 3

/**
 * Remembers on which records a processor threw. After three attempts, each on a state rebuilt from the log, the record is
 * refused unread, so that nothing in a topic can stop a task for good.
 */
export class PoisonMemory {
  readonly #failures = new Map<string, { attempts: number; message: string }>()

  /** Takes note of an error; whether it names a record. */
  note(error: unknown): boolean {
    if (!(error instanceof ProcessingError)) return false
    const key = this.#keyOf(error.source)
    const attempts = (this.#failures.get(key)?.attempts ?? 0) + 1
    this.#failures.set(key, { attempts, message: error.message })
    return true
  }

  /** The words for the dead letter of a record that has failed too often, else undefined. */
  verdictOn(record: DecodedInput): string | undefined {
    if (this.#failures.size === 0) return undefined
    const failure = this.#failures.get(this.#keyOf(record))
    return failure && failure.attempts >= attemptsBeforeRefusal ? failure.message : undefined
  }

  #keyOf({ where, raw }: DecodedInput): string {
    return `${partitionKey(where)}@${raw.offset}`
  }
}
