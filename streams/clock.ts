import { setTimeout as wait } from 'node:timers/promises'

/** Time as the runtime sees it. Only this is simulated when whole histories of workers are run in memory. */
export type Clock = {
  /** Milliseconds since any moment; they never go back. */
  now(): number
  /** Resolves after so long, or as soon as the signal is aborted. */
  sleep(millis: number, signal?: AbortSignal): Promise<void>
}

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  // The one error that a wait can have is that it was cut short.
  sleep: (millis, signal) => wait(millis, undefined, signal && { signal }).catch(() => undefined),
}
