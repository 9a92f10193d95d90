import { chainScenario } from './chain-scenario.ts'
import type { Scenario } from './scenario.ts'
import { smallScenarios } from './small-scenarios.ts'

const chain = 'chain'

/** The names of all scenarios. */
export const scenarioNames: readonly string[] = [...smallScenarios.map(({ name }) => name), chain]

/** The scenario of this name. Throws RangeError when there is none. */
export async function scenarioNamed(name: string): Promise<Scenario> {
  const found = name === chain ? await chainScenario(chain) : smallScenarios.find((scenario) => scenario.name === name)
  if (!found) throw new RangeError(`There is no scenario ${name}: it is one of ${scenarioNames.join(', ')}`)
  return found
}
