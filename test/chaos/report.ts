import { textTable } from '../../cli/text-table.ts'
import { type AuditTotals, isSound, totalsOf } from './audit/audit-run.ts'
import type { FaultOutcome } from './inject-faults.ts'
import type { ChaosResult } from './run-chaos.ts'

const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10

function byKind(outcomes: readonly FaultOutcome[]): Map<string, FaultOutcome[]> {
  const kinds = new Map<string, FaultOutcome[]>()
  for (const outcome of outcomes) kinds.set(outcome.name, [...(kinds.get(outcome.name) ?? []), outcome])
  return new Map([...kinds].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A line for each kind of fault: how often it was done, how often it is proved to have happened, how long recovery took. */
export function faultTable(outcomes: readonly FaultOutcome[]): string {
  const rows = [...byKind(outcomes)].map(([fault, all]) => {
    const times = all.flatMap(({ recoveryMs }) => (recoveryMs === undefined ? [] : [recoveryMs])).sort((a, b) => a - b)
    const happened = all.filter(({ happening }) => happening.happened).length
    const median = times[Math.floor(times.length / 2)]
    return {
      fault,
      done: all.length,
      happened,
      'recovery, median s': median === undefined ? '' : seconds(median),
      'longest s': times.length === 0 ? '' : seconds(times.at(-1) ?? 0),
    }
  })
  return textTable(rows)
}

/** One line of the sums of the audit. */
export function totalsTable(totals: AuditTotals): string {
  return textTable([
    {
      records: totals.records,
      rows: totals.rows,
      lost: totals.lost,
      duplicated: totals.duplicated,
      'out of order': totals.outOfOrder,
      'differing bytes': totals.differing,
      'not of this input': totals.unexpected,
      'dead letters': totals.letters,
      unexplained: totals.unexplainedLetters,
      missing: totals.missingLetters,
      'readers disagree': totals.disagreements,
    },
  ])
}

/** Whether every fault happened and was recovered from, no worker ended by itself, and the audit is clean. */
export function hasPassed({ outcomes, verdict, surprises }: ChaosResult): boolean {
  return outcomes.every(({ trouble }) => trouble === undefined) && surprises.length === 0 && isSound(totalsOf(verdict))
}

/** The whole report of a run. */
export function reportOf(result: ChaosResult, seed: number): string {
  const { outcomes, verdict, surprises, counts, loadSteps, loadRetries } = result
  const examples = [
    ...verdict.topics.flatMap((each) => each.examples),
    ...verdict.tables.flatMap((each) => each.examples),
    ...verdict.letters.flatMap((each) => each.examples),
  ]
  const trouble = outcomes.filter((outcome) => outcome.trouble !== undefined)
  const said = ['task-failed FENCED', 'task-failed LOG_UNAVAILABLE', 'task-failed CLICKHOUSE_UNAVAILABLE', 'assigned']
  return [
    faultTable(outcomes),
    '',
    totalsTable(totalsOf(verdict)),
    '',
    `  ${loadSteps} transactions of input, ${loadRetries} of them sent again; ${said.map((what) => `${what}: ${counts.get(what) ?? 0}`).join(', ')}`,
    ...trouble.map(({ number, name, trouble: what }) => `  fault ${number}, ${name}: ${what}`),
    ...surprises.map(({ name, how }) => `  ${name} ended by itself: ${how}`),
    ...examples.slice(0, 20).map((example) => `  ${example}`),
    '',
    hasPassed(result)
      ? `  PASSED in ${Math.round(result.seconds)} s with seed ${seed}`
      : `  FAILED in ${Math.round(result.seconds)} s with seed ${seed}; the same faults again: npm run chaos -- --faults ${outcomes.length} --seed ${seed}`,
  ].join('\n')
}
