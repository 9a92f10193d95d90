import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf, isRetriable } from '../streams/errors.ts'
import type { Say } from './connect.ts'

const firstWaitMs = 250
const longestWaitMs = 5_000

/** What goes on while something is waited for. */
export type WaitOptions = {
  readonly say: Say
  /** Settles when nobody wants to wait any more. */
  readonly ended: Promise<unknown>
  readonly firstWaitMs?: number
}

/**
 * Tries until it works. A server that does not answer is waited for as long as it takes, since whoever starts the servers may start
 * this process before them; each failure is said, with its code. Undefined when `ended` comes first. Throws what no waiting changes.
 */
export async function untilAvailable<Result>(
  attempt: () => Promise<Result>,
  { say, ended, ...options }: WaitOptions,
): Promise<Result | undefined> {
  let waitMs = options.firstWaitMs ?? firstWaitMs
  let isOver = false
  const timer = new AbortController()
  const over = ended.then(() => {
    isOver = true
    timer.abort()
  })
  while (!isOver) {
    try {
      return await Promise.race([attempt(), over.then(() => undefined)])
    } catch (error) {
      if (isRetriable(error) !== true) throw error
      say('waiting', { code: codeOf(error), error: String(error), againInMs: waitMs })
      await sleep(waitMs, undefined, { signal: timer.signal }).catch(() => undefined)
      waitMs = Math.min(waitMs * 2, longestWaitMs)
    }
  }
  return undefined
}
