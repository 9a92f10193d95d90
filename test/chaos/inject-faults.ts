import { setTimeout as sleep } from 'node:timers/promises'
import type { Happening } from './faults/fault-kind.ts'
import type { PlannedFault } from './faults/schedule.ts'
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

const failed = (error: unknown): string => (error instanceof Error ? error.message : String(error))

async function injectOne(world: World, { number, kind, choice }: PlannedFault): Promise<FaultOutcome> {
  world.say('fault', { number, kind: kind.name })
  try {
    const happening = await kind.inject(world, choice)
    world.say('fault-over', { number, kind: kind.name, ...happening })
    const recoveryMs = await recovered(world, happening.struck)
    world.say('recovered', { number, milliseconds: Math.round(recoveryMs) })
    const trouble = happening.happened ? undefined : `it did not happen: ${happening.evidence}`
    return { number, name: kind.name, happening, recoveryMs, trouble }
  } catch (error) {
    const trouble = failed(error)
    world.say('fault-trouble', { number, kind: kind.name, trouble })
    for (const proxy of Object.values(world.proxies)) proxy.set({})
    const happening = { happened: false, evidence: trouble, struck: [] }
    return { number, name: kind.name, happening, recoveryMs: undefined, trouble }
  }
}

/** Does faults one after the other, each when those that the one before struck have caught up. */
export async function injectFaults(
  world: World,
  faults: readonly PlannedFault[],
  onDone: (outcome: FaultOutcome) => void,
): Promise<FaultOutcome[]> {
  const outcomes: FaultOutcome[] = []
  for (const fault of faults) {
    await sleep(fault.restMs)
    const outcome = await injectOne(world, fault)
    outcomes.push(outcome)
    onDone(outcome)
  }
  return outcomes
}
