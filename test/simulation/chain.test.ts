import { expect, test } from '@jest/globals'
import { chainScenario } from './chain-scenario.ts'
import { runSeeds } from './run-seeds.ts'

test('simulated histories of the chain up to the indicators write what an undisturbed one writes, byte for byte', async () => {
  const report = await runSeeds([await chainScenario('chain')], { from: 1, count: 12 })
  if (report.failures.length > 0) throw new Error(report.text)
  for (const happened of ['crash', 'writer fenced', 'restored from snapshot', 'restored from log']) {
    expect(report.counts.get(happened)).toBeGreaterThan(2)
  }
}, 240_000)
