import type { World } from '../world.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'
import { anyProcessor } from './processors.ts'

const hourMs = 3_600_000

/** A worker is started anew on a machine whose clock is an hour off. */
async function clockJump(world: World, choice: Choice): Promise<Happening> {
  const { fleet } = world
  const name = anyProcessor(choice)
  const shiftMs = choice.of([hourMs, -hourMs])
  await fleet.nextAssigned(name)
  const old = fleet.of(name)
  const member = fleet.start(name, { CHAOS_CLOCK_MS: String(shiftMs) })
  const { at } = await member.process.event('started')
  for (const each of old) await fleet.retire(each)
  const offMs = Date.parse(String(at)) - Date.now()
  const evidence = `the clock of ${name} was ${(offMs / 60_000).toFixed(1)} minutes off`
  return { happened: Math.abs(offMs - shiftMs) < hourMs / 4, evidence, struck: [name] }
}

/** Machines whose clock is wrong. */
export const clocks: readonly FaultKind[] = [
  { name: 'clock-jump', rows: [34], invariants: ['S', 'D'], weight: 3, inject: clockJump },
]
