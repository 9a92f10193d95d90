import type { LoadStep } from '../load/plan.ts'
import type { World } from '../world.ts'

/** What came of a scenario. */
export type ScenarioResult = { readonly passed: boolean; readonly evidence: string }

/** A fault that has to end in a loud error: it cannot be part of a run that goes on. */
export type Scenario = {
  readonly name: string
  /** Rows of the fault list that it stands for. */
  readonly rows: readonly number[]
  /** What has to come of it, in words. */
  readonly expects: string
  run(world: World, steps: readonly LoadStep[]): Promise<ScenarioResult>
}
