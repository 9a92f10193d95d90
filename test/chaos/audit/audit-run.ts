import type { RecordCodec } from '../../../avro/codec.ts'
import type { ClickHouse } from '../../../sink/clickhouse-client.ts'
import type { TableDefinition } from '../../../sink/table-definition.ts'
import type { Log } from '../../../streams/port.ts'
import { processorNames, topics } from '../../../topics/topics.ts'
import type { LoadStep } from '../load/plan.ts'
import { disagreements } from './agreement.ts'
import { AlongReader } from './along-reader.ts'
import { compareTopic, type TopicVerdict } from './compare-topic.ts'
import { compareLetters, type Letter, type LetterVerdict } from './dead-letters.ts'
import type { RowVerdict } from './rows.ts'
import { originalHash, RunReader } from './run-reader.ts'
import { auditTable } from './stored-rows.ts'

/** What the audit looks at. */
export type AuditOptions = {
  readonly codec: RecordCodec
  readonly partitions: number
  readonly runId: string
  /** The log of the disturbed run, that of the undisturbed one, and the steps that both were given. */
  readonly log: Log
  readonly reference: Log
  readonly steps: readonly LoadStep[]
  readonly along: AlongReader
  readonly client: ClickHouse
  readonly tables: readonly TableDefinition[]
}

/** Everything the audit found. */
export type AuditVerdict = {
  readonly topics: readonly TopicVerdict[]
  readonly tables: readonly RowVerdict[]
  readonly letters: readonly LetterVerdict[]
  readonly disagreements: number
}

/** The topics that processors make of others, apart from dead letters: they are the same in every run. */
export const derivedTopics: readonly string[] = topics
  .filter(({ id, status, owner }) => status === 'active' && processorNames.some((name) => name === owner) && !isOwn(id))
  .map(({ id }) => id)

/** Dead letters name places, and snapshots come when they come: both are looked at in another way. */
function isOwn(id: string): boolean {
  return id.startsWith('dead-letters.') || id.startsWith('snapshots.')
}

/** What the sink has to refuse: the noise that no row can be made of. Ordinals are those of the raw topic. */
function lettersOwedBySink(steps: readonly LoadStep[]): Letter[] {
  const next = new Map<string, number>()
  const letters: Letter[] = []
  for (const { records, noise } of steps) {
    const unstorable = new Set(noise.filter((each) => each.unstorable).map(({ record }) => record))
    for (const record of records) {
      const { topic, partition, key, value } = record
      const ordinal = next.get(`${topic}/${partition}`) ?? 0
      next.set(`${topic}/${partition}`, ordinal + 1)
      if (!unstorable.has(record)) continue
      const original = originalHash({ key, value, headers: [] })
      const source = { sourceTopic: topic, sourcePartition: partition, sourceOrdinal: ordinal }
      letters.push({ processor: 'sink', reason: '', ...source, original })
    }
  }
  return letters
}

async function auditLetters(
  live: RunReader,
  reference: RunReader,
  steps: readonly LoadStep[],
): Promise<LetterVerdict[]> {
  const verdicts: LetterVerdict[] = []
  for (const name of processorNames) {
    const found = await live.letters(name)
    if (name !== 'sink') {
      verdicts.push(compareLetters(await reference.letters(name), found))
      continue
    }
    const withoutReason = found.map((letter) => ({ ...letter, reason: '' }))
    verdicts.push(compareLetters(lettersOwedBySink(steps), withoutReason))
  }
  return verdicts
}

/** Reads the topics again from the start, as a new consumer would. */
async function readAgain(log: Log, partitions: number): Promise<AlongReader> {
  const again = new AlongReader(log, derivedTopics, partitions)
  await again.stop()
  return again
}

/** Compares all that a disturbed run left in Kafka and in ClickHouse with what an undisturbed one gives. */
export async function auditRun(options: AuditOptions, say: (line: string) => void): Promise<AuditVerdict> {
  const { log, reference, codec, partitions, runId, steps, along, client, tables } = options
  const live = new RunReader(log, codec, partitions)
  const undisturbed = new RunReader(reference, codec, partitions)
  const found: TopicVerdict[] = []
  for (const topic of derivedTopics) {
    say(`comparing ${topic}`)
    found.push(compareTopic(topic, await undisturbed.topic(topic), await live.topic(topic)))
  }
  const letters = await auditLetters(live, undisturbed, steps)
  await along.stop()
  const again = await readAgain(log, partitions)
  const differences = derivedTopics.map((topic) =>
    disagreements(along.topic(topic, partitions), again.topic(topic, partitions)),
  )
  const rows: RowVerdict[] = []
  for (const table of tables) {
    say(`comparing table ${table.name}`)
    rows.push(await auditTable(live, client, table, { partitions, runId }))
  }
  return { topics: found, tables: rows, letters, disagreements: differences.reduce((sum, one) => sum + one, 0) }
}

/** Sums over everything that was compared; all zero when no fault changed anything. */
export type AuditTotals = {
  readonly records: number
  readonly rows: number
  readonly lost: number
  readonly duplicated: number
  readonly outOfOrder: number
  readonly differing: number
  readonly unexpected: number
  readonly letters: number
  readonly unexplainedLetters: number
  readonly missingLetters: number
  readonly disagreements: number
}

/** Sums a verdict up. */
export function totalsOf(verdict: AuditVerdict): AuditTotals {
  const { topics: byTopic, tables, letters } = verdict
  const sum = <Item>(items: readonly Item[], of: (item: Item) => number) =>
    items.reduce((total, item) => total + of(item), 0)
  const both = [...byTopic, ...tables]
  return {
    records: sum(byTopic, ({ records }) => records),
    rows: sum(tables, ({ rows }) => rows),
    lost: sum(both, ({ lost }) => lost),
    duplicated: sum(both, ({ duplicated }) => duplicated),
    outOfOrder: sum(byTopic, ({ outOfOrder }) => outOfOrder),
    differing: sum(both, ({ differing }) => differing),
    unexpected: sum(both, ({ unexpected }) => unexpected),
    letters: sum(letters, (one) => one.letters),
    unexplainedLetters: sum(letters, ({ unexplained }) => unexplained),
    missingLetters: sum(letters, ({ missing }) => missing),
    disagreements: verdict.disagreements,
  }
}

/** Whether nothing was lost, doubled, moved or changed, and every dead letter is explained. */
export function isSound(totals: AuditTotals): boolean {
  const { records, rows, letters, ...faults } = totals
  return records > 0 && rows > 0 && letters >= 0 && Object.values(faults).every((count) => count === 0)
}
