import { LoadRefusedError } from './load-error.ts'
import type { Step } from './plan.ts'
import type { RawInput } from './rows.ts'

/** A bar is behind the clock when its barrier has closed; another record when it would be known only from now on. */
function isBehind({ bar, knownAt }: RawInput, clock: number, graceMs: number): boolean {
  return bar ? bar.tsClose + graceMs < clock : knownAt < clock
}

/** Throws {@link LoadRefusedError} when a step of a load comes too late by the clock; times in UTC epoch milliseconds. */
export function refuseBehindClock(steps: readonly Step[], clock: number | undefined, graceMs: number): void {
  if (clock === undefined) return
  const behind = steps.find((step) => step.kind === 'row' && step.input && isBehind(step.input, clock, graceMs))
  if (behind?.kind !== 'row' || !behind.input) return
  const { bar, knownAt, key, topic } = behind.input
  const what = topic.replace('market.', '')
  const effect = bar ? 'they would all be late' : 'they would take effect only now'
  throw new LoadRefusedError(
    `The clock stands at ${new Date(clock).toISOString()}, and these files hold ${what} from before it, for example ` +
      `${key} of ${new Date(bar?.tsClose ?? knownAt).toISOString()}: ${effect}. ` +
      'History that comes after the fact is added with `barline backfill`; or load all files in one command',
  )
}
