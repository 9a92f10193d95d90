import { textTable } from '../text-table.ts'
import type { TableComparison } from './compare-tables.ts'
import type { TopicComparison } from './compare-topics.ts'
import { type Difference, textOf } from './difference.ts'

type Print = (line: string) => void

const fieldsShown = 12
const shortDigest = 16
const recordsPerLine = 50_000

/** Says how many records have been compared, now and then; the total is not known beforehand. */
export function counter(what: string, print: Print): (records: number) => void {
  let done = 0
  let said = 0
  return (records) => {
    done += records
    if (done - said < recordsPerLine) return
    said = done
    print(`${what} ${done} records`)
  }
}

/** Prints how topics of a replay compare with the live ones, and the first difference of each. */
export function printTopics(comparisons: readonly TopicComparison[], print: Print): void {
  print('the live topics and those of the replay, data records')
  const rows = comparisons.map(({ topic, live, replayed, equal, differing, later, liveDigest, replayDigest }) => ({
    topic,
    live,
    replayed,
    equal,
    differing,
    later,
    digest: liveDigest === replayDigest ? liveDigest.slice(0, shortDigest) : 'DIFFERS',
  }))
  print(textTable(rows))
  for (const { first } of comparisons) if (first) printFirst(first, 'live', 'replayed', print)
}

/** Prints how topics compare with their tables, and the first difference of each. */
export function printTables(title: string, comparisons: readonly TableComparison[], print: Print): void {
  print(`\n${title}`)
  print(textTable(comparisons.map(({ first: _, ...counts }) => counts)))
  for (const { first } of comparisons) if (first) printFirst(first, 'record', 'row', print)
}

function printFirst(
  { topic, partition, ordinal, key, ts, fields }: Difference,
  one: string,
  other: string,
  print: Print,
): void {
  const when = Number.isFinite(ts) ? new Date(ts).toISOString() : String(ts)
  print(`\n  first difference of ${topic}: partition ${partition}, data record ${ordinal}, key ${key}, ts ${when}`)
  for (const { field, live, other: found } of fields.slice(0, fieldsShown))
    print(`    ${field}: ${one} ${textOf(live)} · ${other} ${textOf(found)}`)
  if (fields.length > fieldsShown) print(`    … and ${fields.length - fieldsShown} more fields`)
}
