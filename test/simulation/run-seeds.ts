import { runHistory } from './history.ts'
import type { Scenario } from './scenario.ts'

/** A history that went wrong. */
export type Failure = { readonly scenario: string; readonly seed: number; readonly problems: readonly string[] }

/** What came of many histories. `counts`: how often each kind of fault and recovery happened. */
export type SeedsReport = {
  readonly failures: readonly Failure[]
  readonly counts: ReadonlyMap<string, number>
  readonly histories: number
  readonly cpuSeconds: number
  readonly text: string
}

/** Runs so many histories, one seed each, over these scenarios in turn. */
export async function runSeeds(
  scenarios: readonly Scenario[],
  { from, count }: { readonly from: number; readonly count: number },
): Promise<SeedsReport> {
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  const failures: Failure[] = []
  const counts = new Map<string, number>()
  const undisturbed = new Map<Scenario, readonly string[]>()
  let steps = 0
  for (let seed = from; seed < from + count; seed += 1) {
    const scenario = scenarios[seed % scenarios.length]
    if (!scenario) throw new RangeError('There is no scenario')
    if (!scenario.expected && !undisturbed.has(scenario)) {
      undisturbed.set(scenario, (await runHistory(scenario, seed, { undisturbed: true })).written)
    }
    const history = await runHistory(scenario, seed, { expected: undisturbed.get(scenario) })
    steps += history.steps
    for (const [what, times] of history.counts) counts.set(what, (counts.get(what) ?? 0) + times)
    if (history.problems.length > 0) failures.push({ scenario: scenario.name, seed, problems: history.problems })
  }
  const perSecond = count / ((performance.now() - startedAt) / 1000)
  const { user, system } = process.cpuUsage(cpuBefore)
  const cpuSeconds = (user + system) / 1e6
  const lines = [
    `${count} histories from seed ${from}, ${perSecond.toFixed(0)} a second, in ${cpuSeconds.toFixed(1)} s of CPU, ${(steps / count).toFixed(0)} steps each`,
    ...[...counts].sort().map(([what, times]) => `  ${String(times).padStart(7)}  ${what}`),
    ...failures.map(({ scenario, seed, problems }) =>
      [
        `FAILED ${scenario}, seed ${seed}: npm run simulate -- --scenario ${scenario} --from ${seed} --seeds 1`,
        ...problems,
      ].join('\n    '),
    ),
    failures.length === 0
      ? 'nothing lost, doubled, moved or changed'
      : `${failures.length} of ${count} histories failed`,
  ]
  return { failures, counts, histories: count, cpuSeconds, text: lines.join('\n') }
}
