import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadMarket } from '../../cli/market.ts'
import { planSteadyLoad } from './load/plan.ts'
import { openWorld } from './open-world.ts'
import type { Scenario, ScenarioResult } from './scenarios/scenario.ts'

const partitions = 2
const sessionTimeoutMs = 6_000

/** Runs a scenario on a stack of its own, with a short load at hand. */
export async function runScenario(scenario: Scenario, dir: string, seed: number): Promise<ScenarioResult> {
  mkdirSync(dir, { recursive: true })
  const file = join(dir, 'chaos.log')
  const say = (event: string, details: Readonly<Record<string, unknown>> = {}) =>
    appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), event, ...details })}\n`)
  const world = await openWorld({ dir, partitions, sessionTimeoutMs, blockMs: 0, say })
  try {
    const { codec } = world
    const size = { seed, historySessions: 5, steadySessions: 5 }
    const market = loadMarket()
    const steps = await planSteadyLoad({ ...size, dir, codec, market, partitions, noiseShare: 0 })
    return await scenario.run(world, steps)
  } finally {
    await world.close()
  }
}
