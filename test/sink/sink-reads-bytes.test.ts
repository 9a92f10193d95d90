import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type BodyReaders, createOfflineCodec } from '../../avro/codec.ts'
import { loadSchemas } from '../../avro/schemas.ts'
import type { InsertRequest } from '../../sink/clickhouse-client.ts'
import { rowReaders } from '../../sink/row-reader.ts'
import { createSink } from '../../sink/sink.ts'
import { storedTables } from '../../sink/stored-tables.ts'
import type { ProcessorDefinition } from '../../streams/definition.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { topics } from '../../topics/topics.ts'
import { arbitraryValue } from '../avro/arbitrary-value.ts'
import { contentOf, partitions, runToEnd, testWorker } from '../streams/support/run-workers.ts'
import { sampleSchema } from './support/sample-table.ts'

const schemas = loadSchemas()
const codec = createOfflineCodec()
const active = topics.filter(({ status }) => status === 'active')
const tables = storedTables({
  topics: active,
  schemaOf: (name) => schemas.get(name) ?? sampleSchema,
  database: 'test',
})
const written = tables.filter(({ topic }) => ['market.bars', 'indicators', 'scores.raw'].includes(topic))
const deadLetters = 'dead-letters.sink'

/** Records of several kinds, of which some are cut short and some have a time that no table keeps. */
function filled(): MemoryLog {
  const log = new MemoryLog({ partitions })
  for (const { topic, recordName } of written) {
    const schema = schemas.get(recordName)
    if (!schema) throw new Error(recordName)
    const time = fc.integer({ min: 0, max: 2_000_000_000_000 })
    const times = schema.fields.flatMap(({ name, type }) =>
      typeof type === 'object' && 'logicalType' in type ? [[name, time] as const] : [],
    )
    const codes = schema.fields.flatMap(({ name, codes: list }) =>
      list ? [[name, fc.constantFrom(null, 1, -1)] as const] : [],
    )
    const values = fc
      .tuple(arbitraryValue(schema), fc.record(Object.fromEntries([...times, ...codes])))
      .map(([value, given]) => ({ ...value, ...given }))
    fc.sample(values, { numRuns: 60, seed: 7 }).forEach((value, index) => {
      const lost = index % 20 === 7 && times[0] ? { [times[0][0]]: -4_000_000_000_000 } : {}
      const bytes = codec.encode(topic, recordName, { ...value, ...lost })
      log.produce([
        {
          topic,
          partition: index % partitions,
          key: Buffer.from('IBM'),
          value: index % 20 === 3 ? bytes.subarray(0, bytes.length - 1) : bytes,
          timestamp: index,
          headers: {},
        },
      ])
    })
  }
  return log
}

/** Rows by table and partition, in the order of their offsets, and the dead letters. */
async function store(
  readers?: BodyReaders,
): Promise<{ rows: Map<string, string>; letters: string[][]; count: number }> {
  const log = filled()
  const inserts: { place: string; first: number; rows: Buffer; count: number }[] = []
  const client = {
    insert: async ({ table, body, token }: InsertRequest) => {
      const [, , , , partition, , range = '', count] = token.split(':')
      const rows = Buffer.concat(body.slice(1))
      inserts.push({
        place: `${table.name}/${partition}`,
        first: Number(range.split('-')[0]),
        rows,
        count: Number(count),
      })
    },
    // A sink that has just opened looks its inserts up; they are all there.
    rows: async () => [{ stored: Number.MAX_SAFE_INTEGER }],
  }
  const definition: ProcessorDefinition = {
    name: 'sink',
    kind: 'chunk',
    fanIn: false,
    inputs: [...new Set(written.map(({ topic }) => topic))],
    limits: { intervalMs: 1 },
    ...(readers ? { readers } : {}),
    create: async ({ runId }) => createSink({ client: client as never, tables, runId }),
  }
  await runToEnd(log, [testWorker({ definition, log, codec })], definition)
  const rows = new Map<string, string>()
  for (const { place, rows: some } of inserts.sort((a, b) => a.first - b.first)) {
    rows.set(place, (rows.get(place) ?? '') + some.toString('hex'))
  }
  return { rows, letters: contentOf(log, deadLetters), count: inserts.reduce((sum, each) => sum + each.count, 0) }
}

describe('a sink that reads bytes', () => {
  let usual: Awaited<ReturnType<typeof store>>
  let direct: Awaited<ReturnType<typeof store>>

  beforeAll(async () => {
    usual = await store()
    direct = await store(rowReaders(schemas.values()))
  })

  test('stores the rows that one stores which decodes', () => {
    expect(direct.count).toBe(60 * written.length - direct.letters.flat().length)
    expect(direct.rows).toEqual(usual.rows)
  })

  test('refuses the same records in the same words', () => {
    expect(direct.letters.flat().length).toBeGreaterThan(10)
    expect(direct.letters.map((each) => [...each].sort())).toEqual(usual.letters.map((each) => [...each].sort()))
  })
})
