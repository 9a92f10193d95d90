import { setTimeout as sleep } from 'node:timers/promises'
import type { Happening } from './faults/fault-kind.ts'
import type { PlannedFault } from './faults/schedule.ts'
import { startAgain } from './faults/start-again.ts'
import { recovered } from './recovery.ts'
import type { World } from './world.ts'

/** What came of a fault. `recoveryMs`: from its end until those it struck had caught up; absent when they did not. */
export type FaultOutcome = {
  readonly number: number
  readonly name: string
  readonly happening: Happening
  readonly recoveryMs: number | undefined
  readonly trouble: string | undefined
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A fault that takes longer hangs: it is given up, and has failed. */
const longestFaultMs = 600_000

/** How long the next fault waits for recovery from the last; on a busy machine it then comes on top. */
const patienceMs = 5_000

/** A fault that went wrong may have left a proxy closed, or a server stopped or down: the ones after it are to be of use all the same. */
async function repair({ proxies, stack }: World): Promise<void> {
  for (const proxy of Object.values(proxies)) proxy.set({})
  for (const part of [stack.kafka, stack.registry, stack.clickhouse]) {
    part.resume()
    await startAgain(part)
  }
}

async function happens(world: World, { number, kind, choice }: PlannedFault): Promise<Happening> {
  world.say('fault', { number, kind: kind.name })
  try {
    return await Promise.race([
      kind.inject(world, choice),
      sleep(longestFaultMs, undefined, { ref: false }).then(() => {
        throw new Error(`it was not over after ${longestFaultMs} ms`)
      }),
    ])
  } catch (error) {
    await repair(world)
    return { happened: false, evidence: wordsOf(error), struck: [] }
  } finally {
    world.say('fault-over', { number, kind: kind.name })
  }
}

async function outcomeOf(world: World, { number, kind }: PlannedFault, happening: Happening): Promise<FaultOutcome> {
  const known = { number, name: kind.name, happening }
  try {
    const recoveryMs = await recovered(world, happening.struck)
    world.say('recovered', { number, milliseconds: Math.round(recoveryMs), ...happening })
    const trouble = happening.happened ? undefined : `it did not happen: ${happening.evidence}`
    return { ...known, recoveryMs, trouble }
  } catch (error) {
    world.say('not-recovered', { number, trouble: wordsOf(error), ...happening })
    return { ...known, recoveryMs: undefined, trouble: wordsOf(error) }
  }
}

/**
 * Does faults one after the other, and no further one when `minutes` are over; each gives those that the one before struck a while to
 * catch up, and all must in the end.
 */
export async function injectFaults(
  world: World,
  faults: readonly PlannedFault[],
  minutes: number,
  onDone: (outcome: FaultOutcome) => void,
): Promise<FaultOutcome[]> {
  const recoveries: Promise<FaultOutcome>[] = []
  const deadline = performance.now() + minutes * 60_000
  for (const fault of faults) {
    if (performance.now() > deadline) break
    await sleep(fault.restMs)
    const recovery = outcomeOf(world, fault, await happens(world, fault))
    recoveries.push(recovery)
    void recovery.then(onDone)
    await Promise.race([recovery, sleep(patienceMs)])
  }
  return Promise.all(recoveries)
}
