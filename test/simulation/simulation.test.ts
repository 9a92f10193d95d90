import { describe, expect, test } from '@jest/globals'
import { runHistory } from './history.ts'
import { runSeeds } from './run-seeds.ts'
import { smallScenarios } from './small-scenarios.ts'

const histories = 1_000
// Some 25 s of a core that is free; a machine with other work has taken ten times as long.
const timeoutMs = 1_500_000

/** What has to have happened in so many histories, or they would prove nothing. */
const faults = [
  ...['reader', 'fetch', 'writer', 'fence', 'commit', 'close', 'committed', 'bounds', 'join'].flatMap((call) => [
    `${call} failed before`,
    `${call} failed after`,
  ]),
  'commit failed later',
  'commit took effect after it had failed',
  'commit was fenced after it had failed',
  'writer fenced',
  'task failed: FENCED',
  'task failed: LOG_UNAVAILABLE',
  'input-waiting',
  'slow call',
  'crash',
  'stall',
  'zombie',
  'membership lost',
  'join',
  'leave',
  'rebalance',
  'compaction',
  'foreign transaction aborted',
  'foreign transaction held open',
  'snapshot',
  'restored from snapshot',
  'restored from log',
]

describe('simulated histories', () => {
  test(
    'lose, double, move and change nothing, and come to their end once the faults stop',
    async () => {
      const report = await runSeeds(smallScenarios, { from: 1, count: histories })
      process.stdout.write(`${report.text.split('\n')[0]}\n`)
      if (report.failures.length > 0) throw new Error(report.text)
      expect(faults.filter((fault) => (report.counts.get(fault) ?? 0) < 5)).toEqual([])
    },
    timeoutMs,
  )

  test.each(smallScenarios)(
    '$name: a seed fixes all of a history',
    async (scenario) => {
      const [first, again] = [await runHistory(scenario, 5), await runHistory(scenario, 5)]
      expect(again).toEqual(first)
      expect(await runHistory(scenario, 6)).not.toEqual(first)
    },
    timeoutMs,
  )

  test.each(smallScenarios)(
    '$name: an undisturbed history has no fault',
    async (scenario) => {
      const { problems, counts, written } = await runHistory(scenario, 1, { undisturbed: true })
      expect(problems).toEqual([])
      expect(written.length).toBeGreaterThan(10)
      expect([...counts.keys()].filter((what) => /failed (before|after|later)|crash/.test(what))).toEqual([])
    },
    timeoutMs,
  )
})
