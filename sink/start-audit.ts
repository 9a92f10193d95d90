import type { DataRecord, TakenInput } from '../processors/processor.ts'
import { countStored, offsetsStored } from './audit.ts'
import type { ClickHouse } from './clickhouse-client.ts'
import { type MissingRows, RowsMissingError } from './errors.ts'
import type { GapPolicy } from './gap-policy.ts'
import { checkTables } from './migrate.ts'
import type { TableDefinition } from './table-definition.ts'

/** What a start audit is made of. */
export type StartAuditOptions = {
  readonly client: ClickHouse
  readonly tables: readonly TableDefinition[]
  /** `stop`: name them and do not start; `fill`: store them now. */
  readonly gaps: GapPolicy
  /** Told of each input that had to be read again, with what was missing. */
  readonly report?: (looked: MissingRows) => void
}

/** Stores records outside of any chunk; throws when one of them is refused. */
export type StoreRecords = (records: readonly DataRecord[]) => Promise<void>

/** Looks at inputs before their task goes on, see {@link createStartAudit}. */
export type StartAudit = (inputs: readonly TakenInput[], store: StoreRecords) => Promise<readonly number[]>

/** Offsets looked up in one query. */
const windowRecords = 10_000
/** A task that opens again sooner than this after a look, as it does while ClickHouse is busy, does not look again. */
const lookAgainMs = 600_000
/** So many missing records of an input are enough for an error. */
const mostNamed = 100_000
const recordsPerStore = 1_000

/**
 * The audit that the sink makes before a task goes on, in two steps:
 * 1. It counts the rows of each input below the committed offset, all tables in one query, and compares with the number that the
 *    committed position carries. That is all as long as they agree.
 * 2. Where they differ, or nobody has counted, it reads the input's records again and asks for their rows, a window at a time.
 *
 * Resolves to the number of rows of each input. Throws `TableMismatchError` when a table is not as its schema asks, and
 * {@link RowsMissingError} naming the records that are neither in the tables nor among the dead letters, unless it is to fill them.
 */
export function createStartAudit({ client, tables, gaps, report = () => {} }: StartAuditOptions): StartAudit {
  let checked: Promise<void> | undefined
  const lookedAt = new Map<string, number>()

  const tablesChecked = (): Promise<void> => {
    checked ??= checkTables(client, tables).catch((error: unknown) => {
      checked = undefined
      throw error
    })
    return checked
  }

  const epochOf = (topic: string): number => tables.find((table) => table.topic === topic)?.epoch ?? 0
  const rangeOf = ({ topic, partition, from, to }: TakenInput) => ({
    topic,
    epoch: epochOf(topic),
    partition,
    from,
    to,
  })
  const counts = (inputs: readonly TakenInput[]) => countStored(client, tables, inputs.map(rangeOf))

  /** Records of an input without a row, oldest first. */
  async function* missingOf(input: TakenInput): AsyncGenerator<DataRecord> {
    let waiting: DataRecord['offset'][] = []
    const decoders = new Map<number, () => Promise<DataRecord | undefined>>()
    const lookUp = async function* (): AsyncGenerator<DataRecord> {
      const [first] = waiting
      const last = waiting.at(-1)
      if (first === undefined || last === undefined) return
      const stored = new Set(await offsetsStored(client, tables, { ...rangeOf(input), from: first, to: last + 1 }))
      for (const offset of waiting) {
        // What does not decode to a data record needs no row: a marker without its header.
        const record = stored.has(offset) ? undefined : await decoders.get(offset)?.()
        if (record) yield record
      }
      waiting = []
      decoders.clear()
    }
    for await (const batch of input.read()) {
      for (const { offset, decoded } of batch) {
        waiting.push(offset)
        decoders.set(offset, decoded)
      }
      if (waiting.length >= windowRecords) yield* lookUp()
    }
    yield* lookUp()
  }

  async function look(input: TakenInput, store: StoreRecords): Promise<MissingRows> {
    const { topic, partition, to } = input
    const offsets: number[] = []
    let waiting: DataRecord[] = []
    for await (const record of missingOf(input)) {
      offsets.push(record.offset)
      if (gaps === 'stop' && offsets.length === mostNamed) break
      if (gaps === 'stop') continue
      waiting.push(record)
      if (waiting.length < recordsPerStore) continue
      await store(waiting)
      waiting = []
    }
    if (waiting.length > 0) await store(waiting)
    const looked = { topic, partition, committedOffset: to, offsets }
    report(looked)
    return looked
  }

  const isFresh = ({ topic, partition }: TakenInput): boolean =>
    performance.now() - (lookedAt.get(`${topic}[${partition}]`) ?? Number.NEGATIVE_INFINITY) < lookAgainMs

  return async (inputs, store) => {
    await tablesChecked()
    if (inputs.every((input) => input.kept !== undefined && isFresh(input))) return inputs.map(({ kept }) => kept ?? 0)
    const found = await counts(inputs)
    const differing = inputs.filter(({ kept }, index) => kept !== found[index])
    const looked: MissingRows[] = []
    for (const input of differing) looked.push(await look(input, store))
    const missing = looked.filter(({ offsets }) => offsets.length > 0)
    if (missing.length > 0 && gaps === 'stop') throw new RowsMissingError(missing)
    for (const { topic, partition } of inputs) lookedAt.set(`${topic}[${partition}]`, performance.now())
    return missing.length > 0 ? counts(inputs) : found
  }
}
