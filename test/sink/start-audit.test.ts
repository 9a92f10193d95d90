import { describe, expect, test } from '@jest/globals'
import type { DataRecord, TakenInput } from '../../processors/processor.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import { clickHouseType } from '../../sink/column-type.ts'
import type { GapPolicy } from '../../sink/gap-policy.ts'
import { createStartAudit } from '../../sink/start-audit.ts'
import { sampleRecord, sampleTable } from './support/sample-table.ts'

const table = sampleTable()

/** A ClickHouse with the sample table, made right, and these offsets in it. */
function holding(offsets: Set<number>) {
  const queries: string[] = []
  const rows = async (sql: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<unknown[]> => {
    queries.push(sql)
    if (sql.includes('system.tables')) {
      const sorting_key = table.sortingKey.join(', ')
      const engine_full = 'ReplacingMergeTree SETTINGS non_replicated_deduplication_window = 10000'
      return [
        { name: table.name, engine: 'ReplacingMergeTree', engine_full, sorting_key, partition_key: '', comment: '' },
      ]
    }
    if (sql.includes('system.columns')) {
      return table.columns.map(({ name, type, comment }) => ({
        table: table.name,
        name,
        type: clickHouseType(type),
        comment,
      }))
    }
    if (sql.includes('groupBitmap')) {
      const to = Number(/_offset < (\d+)/.exec(sql)?.[1])
      return [{ range: 0, kept: [...offsets].filter((offset) => offset < to).length }]
    }
    const { from, to } = parameters
    return [...offsets]
      .filter((offset) => offset >= Number(from) && offset < Number(to))
      .sort((a, b) => a - b)
      .map((_offset) => ({ _offset }))
  }
  return { client: { rows } as unknown as ClickHouse, queries }
}

/** An input whose records have these offsets. */
function inputOf(offsets: readonly number[], to: number, kept: number | undefined) {
  let reads = 0
  const input: TakenInput = {
    ...{ topic: table.topic, partition: 0, from: 0, to, end: to, kept },
    async *read() {
      reads += 1
      yield offsets.map((offset) => ({ offset, decoded: async () => sampleRecord(offset) }))
    },
  }
  return { input, reads: () => reads }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

async function audited(stored: Set<number>, input: TakenInput, gaps: GapPolicy = 'stop') {
  const { client, queries } = holding(stored)
  const filled: number[] = []
  const store = async (records: readonly DataRecord[]) => {
    for (const { offset } of records) {
      stored.add(offset)
      filled.push(offset)
    }
  }
  const kept = await createStartAudit({ client, tables: [table], gaps })([input], store)
  return { kept, filled, queries }
}

describe('the audit at the start of the sink', () => {
  test('reads nothing again while the counts agree: one query beside the check of the tables', async () => {
    const { input, reads } = inputOf(numbers(100), 100, 100)
    const { kept, queries } = await audited(new Set(numbers(100)), input)
    expect([kept, reads(), queries.length]).toEqual([[100], 0, 3])
  })

  test('asks for no rows of what has not begun', async () => {
    const { input } = inputOf([], 0, 0)
    expect((await audited(new Set(), input)).queries).toHaveLength(2)
  })

  test('looks at each record when nobody has counted, and counts from then on', async () => {
    const { input, reads } = inputOf(numbers(100), 120, undefined)
    const { kept } = await audited(new Set(numbers(100)), input)
    expect([kept, reads()]).toEqual([[100], 1])
  })

  test('names what is missing, also where as many rows too many hide it from the count', async () => {
    const { input } = inputOf(numbers(25_000), 25_000, 24_990)
    const lacking = new Set(numbers(25_000).filter((offset) => offset !== 7 && offset !== 24_999))
    await expect(audited(lacking, input)).rejects.toMatchObject({
      code: 'ROWS_MISSING',
      missing: [{ topic: table.topic, partition: 0, committedOffset: 25_000, offsets: [7, 24_999] }],
    })
  })

  test('stores what is missing when it is told to', async () => {
    const { input } = inputOf(numbers(2_500), 2_500, 2_500)
    const { kept, filled } = await audited(new Set(numbers(100)), input, 'fill')
    expect(filled).toEqual(numbers(2_500).slice(100))
    expect(kept).toEqual([2_500])
  })

  test('is not made again for a task that opens again soon after, as while ClickHouse is busy', async () => {
    const { client, queries } = holding(new Set(numbers(100)))
    const audit = createStartAudit({ client, tables: [table], gaps: 'stop' })
    const store = async () => undefined
    await audit([inputOf(numbers(100), 100, 100).input], store)
    const before = queries.length
    expect(await audit([inputOf(numbers(150), 150, 150).input], store)).toEqual([150])
    expect(queries).toHaveLength(before)
    // Of another partition nothing is known yet.
    await audit([{ ...inputOf(numbers(100), 100, 100).input, partition: 1 }], store)
    expect(queries.length).toBeGreaterThan(before)
  })

  test('does not miss what is no data record', async () => {
    const { input } = inputOf([], 10, undefined)
    const marker = async function* () {
      yield [{ offset: 3, decoded: async () => undefined }]
    }
    expect((await audited(new Set(), { ...input, read: marker })).kept).toEqual([0])
  })
})
