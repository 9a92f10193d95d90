import { textTable } from '../text-table.ts'
import { barFields } from './corrections.ts'
import type { Comparison } from './live-rows.ts'
import type { BackfillPlan, Correction } from './plan.ts'
import type { Rebuilt } from './rebuild.ts'

const correctionsShown = 20
const refusalsShown = 10

type Print = (line: string) => void

/** Prints what a backfill found and what came of it. */
export function printBackfill(symbol: string, plan: BackfillPlan, rebuilt: Rebuilt, print: Print): void {
  const { corrections, fromTs, survey } = plan
  const replaced = corrections.filter(({ old }) => old !== undefined).length
  print(
    `${symbol} from ${iso(fromTs)}: ${counted(replaced, 'bar')} replaced and ${corrections.length - replaced} added; ` +
      `${survey.ownRecords} records of the symbol on the tape, ${rebuilt.folded} folded with the clock and the market's`,
  )
  print(textTable(corrections.slice(0, correctionsShown).map(correctionRow)))
  if (corrections.length > correctionsShown) print(`  … and ${corrections.length - correctionsShown} more`)
  const before = corrections.filter(({ bar }) => bar.ts < fromTs)
  if (before.length > 0) {
    print(`${before.length} of them close before ${iso(fromTs)}: rows between keep the old values`)
  }
  print('')
  print(textTable([...rebuilt.comparisons].map(comparisonRow)))
  if (rebuilt.refused.length > 0) {
    print(`\n${rebuilt.refused.length} records were refused by a processor, as they are in the chain, for example:`)
    for (const line of rebuilt.refused.slice(0, refusalsShown)) print(`  ${line}`)
  }
}

function correctionRow({ bar, old, source }: Correction): Record<string, unknown> {
  const changed = barFields.filter((field) => old === undefined || old[field] !== bar[field])
  const shown = old === undefined ? changed.filter((field) => field !== 'ts_open') : changed
  return {
    timeframe: bar.timeframe,
    close: iso(bar.ts),
    old: old === undefined ? '(none)' : shown.map((field) => `${field} ${old[field]}`).join(', '),
    new: shown.map((field) => `${field} ${bar[field]}`).join(', '),
    'known at': iso(bar.known_at),
    from: source,
  }
}

function comparisonRow([topic, { rows, differing, added, first }]: readonly [string, Comparison]): Record<
  string,
  unknown
> {
  return {
    topic,
    rows,
    'differ from live': differing,
    'not in live': added,
    'first difference':
      first === undefined ? '-' : `${iso(first.ts)} ${first.field}: ${text(first.live)} -> ${text(first.run)}`,
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function text(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value).slice(0, 40) : String(value)
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
