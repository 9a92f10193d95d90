import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { createOfflineCodec } from '../../avro/codec.ts'
import { loadSchemas } from '../../avro/schemas.ts'
import type { DataRecord } from '../../processors/processor.ts'
import { auditTables } from '../../sink/audit.ts'
import { type ClickHouse, openClickHouse } from '../../sink/clickhouse-client.ts'
import { ClickHouseUnavailableError } from '../../sink/errors.ts'
import type { GapPolicy } from '../../sink/gap-policy.ts'
import { ensureTables } from '../../sink/migrate.ts'
import { createSink } from '../../sink/sink.ts'
import { createStartAudit } from '../../sink/start-audit.ts'
import { storedTables } from '../../sink/stored-tables.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'
import { UnsettledInserts } from '../../sink/unsettled-inserts.ts'
import type { ChunkDefinition } from '../../streams/definition.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { Log, Membership } from '../../streams/port.ts'
import type { Worker } from '../../streams/worker.ts'
import { topicById } from '../../topics/topics.ts'
import { withWriters } from '../streams/support/faulty-log.ts'
import { isCaughtUp, testWorker } from '../streams/support/run-workers.ts'
import { waitUntil } from '../streams/support/wait-until.ts'
import { type EmbeddedClickHouse, startEmbeddedClickHouse } from './support/embedded-clickhouse.ts'
import { startUnreliableProxy, type UnreliableProxy } from './support/unreliable-proxy.ts'

const partitions = 2
const barsEach = 300
const codec = createOfflineCodec()
const closing: (() => Promise<void>)[] = []

let server: EmbeddedClickHouse
let direct: ClickHouse
let databases = 0

beforeAll(async () => {
  server = await startEmbeddedClickHouse()
  direct = openClickHouse({ url: server.url })
}, 90_000)

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

afterAll(async () => {
  await direct?.close()
  await server?.stop()
})

const bar = (close: number) => ({
  ...{ symbol: 'AAPL', timeframe: '1d', ts_open: close, ts_close: close + 1, known_at: close + 1, source: 'test' },
  ...{ open: 1, high: 1, low: 1, close, volume: 1 },
})

/** A log of bars, in transactions of some each, and the tables they go to. */
async function installation() {
  const schemas = loadSchemas()
  const schemaOf = (name: string) => {
    const schema = schemas.get(name)
    if (!schema) throw new Error(`no schema ${name}`)
    return schema
  }
  const topics = [topicById('market.bars'), topicById('dead-letters.sink')]
  const tables = storedTables({ topics, schemaOf, database: `once_${++databases}` })
  await ensureTables(direct, tables)
  const log = new MemoryLog({ partitions })
  produce(log, 0, barsEach)
  return { log, tables }
}

function produce(log: MemoryLog, from: number, to: number): void {
  for (let partition = 0; partition < partitions; partition += 1) {
    for (let first = from; first < to; first += 20) {
      const closes = Array.from({ length: Math.min(20, to - first) }, (_, index) => first + index + 1)
      log.produce(
        closes.map((close) => ({
          topic: 'market.bars',
          partition,
          key: Buffer.from('AAPL'),
          value: codec.encode('market.bars', 'barline.market.Bar', bar(close)),
          timestamp: close,
          headers: {},
        })),
      )
    }
  }
}

type SinkOptions = {
  readonly url?: string
  readonly gaps?: GapPolicy
  readonly events?: string[]
  readonly chunk?: number
  readonly deadlineMs?: number
  readonly through?: (client: ClickHouse) => ClickHouse
}

/** The first bars of a partition as a sink is given them. */
function barsOf(log: MemoryLog, partition: number, count: number): DataRecord[] {
  const records = log.recordsOf({ topic: 'market.bars', partition }).slice(0, count)
  return records.map(({ offset, timestamp }, index) => ({
    ...{ kind: 'data', topic: 'market.bars', partition, offset, timestamp, key: 'AAPL', headers: {} },
    recordName: 'barline.market.Bar',
    value: bar(index + 1),
  }))
}

const refuseNothing = () => {
  throw new Error('nothing is refused')
}

/** How often a sink tries an insert before it gives the chunk up. */
const triesOfInsert = 3

/** A ClickHouse that keeps the token of its first insert and loses the rows, and says of its first `failures` tries that it cannot. */
function losing(failures: number) {
  let first: string | undefined
  let tries = 0
  let turn: Promise<unknown> = Promise.resolve()
  const through = (client: ClickHouse): ClickHouse => {
    // What a part leaves that could not be renamed: its token is known, so the repetition is acknowledged and dropped.
    const insertLosing: ClickHouse['insert'] = async (request) => {
      first ??= request.token
      if (request.token === first) tries += 1
      const isFailing = request.token === first && tries <= failures
      if (!isFailing || tries === 1) await client.insert(request)
      if (!isFailing) return
      const { database, name } = request.table
      if (tries === 1)
        await direct.command(`ALTER TABLE ${database}.${name} DELETE WHERE true SETTINGS mutations_sync = 2`)
      throw new ClickHouseUnavailableError({ operation: 'insert', serverCode: 243, text: 'not enough space' })
    }
    return {
      ...client,
      // One after the other: what the other task stores before the deletion, and takes for stored, would go with it for good.
      insert(request) {
        const mine = turn.then(() => insertLosing(request))
        turn = mine.catch(() => undefined)
        return mine
      },
    }
  }
  return { through, tries: () => tries }
}

/** The sink of the project on these tables, as a worker's definition. */
function sinkOn(
  tables: readonly TableDefinition[],
  { url = server.url, gaps = 'stop', chunk = 100, deadlineMs = 5_000, through = (client) => client }: SinkOptions,
): ChunkDefinition {
  const client = through(openClickHouse({ url, deadlineMs }))
  closing.push(() => client.close())
  const audit = createStartAudit({ client, tables, gaps })
  const unsettled = new UnsettledInserts()
  return {
    name: 'sink',
    kind: 'chunk',
    fanIn: false,
    inputs: ['market.bars', 'dead-letters.sink'],
    limits: { records: chunk, intervalMs: 0 },
    create: async ({ runId }) => createSink({ client, tables, runId, audit, unsettled, chunkRecords: chunk }),
  }
}

async function startSink(
  { log, tables }: { readonly log: Log; readonly tables: readonly TableDefinition[] },
  options: SinkOptions = {},
): Promise<{ worker: Worker; definition: ChunkDefinition }> {
  const definition = sinkOn(tables, options)
  const onEvent = (event: string, { code }: Record<string, unknown>) =>
    void options.events?.push(`${event} ${code ?? ''}`)
  const worker = testWorker({ definition, log, codec, partitions, onEvent })
  worker.finished.catch(() => undefined)
  closing.push(() => worker.stop())
  await worker.start()
  return { worker, definition }
}

/** Membership of a group that one member has for itself. */
const alone = (): Membership => ({
  start: async (onAssigned) => onAssigned({ generation: 1, partitions: [0, 1] }),
  stop: async () => undefined,
})

async function proxied(): Promise<UnreliableProxy> {
  const proxy = await startUnreliableProxy(server.url)
  closing.push(() => proxy.close())
  return proxy
}

const caughtUp = (log: MemoryLog, definition: ChunkDefinition) =>
  waitUntil('the sink', () => isCaughtUp(log, definition, partitions))

/** Counts of the table of bars. */
async function stored(tables: readonly TableDefinition[]) {
  const [bars] = await auditTables(direct, tables.slice(0, 1))
  const [truth] = await direct.rows<{ closes: number }>(
    `SELECT uniqExact(_partition, close) AS closes FROM ${tables[0]?.database}.market_bars`,
  )
  return { final: bars?.rowsFinal, records: bars?.records, raw: bars?.rowsRaw, closes: truth?.closes }
}

const once = (each: number) => ({ final: each * partitions, records: each * partitions, closes: each * partitions })

describe('each record is there once', () => {
  test('when the answer to an insert was lost: the repetition has the same token, and is dropped', async () => {
    const it = await installation()
    const proxy = await proxied()
    proxy.fateOf = (count) => (count % 3 === 1 ? 'lose-answer' : 'pass')
    const events: string[] = []
    const { definition } = await startSink(it, { url: proxy.url, events })
    await caughtUp(it.log, definition)
    expect(await stored(it.tables)).toEqual({ ...once(barsEach), raw: barsEach * partitions })
    expect(proxy.tokens.length).toBeGreaterThan(new Set(proxy.tokens).size)
    expect(events.filter((event) => event.startsWith('task-failed'))).toEqual([])
  })

  describe('when ClickHouse kept the token of an insert and lost its rows', () => {
    test('and the insert is tried again at once', async () => {
      const it = await installation()
      const { through, tries } = losing(1)
      const events: string[] = []
      const { definition } = await startSink(it, { through, events })
      await caughtUp(it.log, definition)
      expect(tries()).toBe(2)
      expect(events).not.toContain('task-failed CLICKHOUSE_UNAVAILABLE')
      expect(await stored(it.tables)).toEqual({ ...once(barsEach), raw: barsEach * partitions })
    })

    test('and is away for so long that the task is opened again', async () => {
      const it = await installation()
      const { through, tries } = losing(triesOfInsert)
      const events: string[] = []
      const { definition } = await startSink(it, { through, events })
      await caughtUp(it.log, definition)
      expect(tries()).toBe(triesOfInsert + 1)
      expect(events).toContain('task-failed CLICKHOUSE_UNAVAILABLE')
      expect(await stored(it.tables)).toEqual({ ...once(barsEach), raw: barsEach * partitions })
    })

    test('and the process that had tried it is no longer there', async () => {
      const it = await installation()
      const { through } = losing(triesOfInsert)
      const killed = await sinkOn(it.tables, { through }).create({ partition: 0, partitions, runId: 'live' })
      await expect(killed.applyChunk(barsOf(it.log, 0, 100), refuseNothing)).rejects.toMatchObject({ retriable: true })
      expect((await stored(it.tables)).raw).toBe(0)
      const tokens: string[] = []
      const noting = (client: ClickHouse): ClickHouse => ({
        ...client,
        insert: (request) => {
          tokens.push(request.token)
          return client.insert(request)
        },
      })
      const { definition } = await startSink(it, { through: noting })
      await caughtUp(it.log, definition)
      expect(tokens.filter((token) => token.includes(':again-'))).toHaveLength(1)
      expect(await stored(it.tables)).toEqual({ ...once(barsEach), raw: barsEach * partitions })
    })
  })

  test('when every answer is lost for longer than the sink insists, so that chunks are cut otherwise', async () => {
    const it = await installation()
    const proxy = await proxied()
    proxy.fateOf = (count) => (count <= 8 ? 'lose-answer' : 'pass')
    const events: string[] = []
    const { definition } = await startSink(it, { url: proxy.url, events })
    await waitUntil('a failure', () => events.includes('task-failed CLICKHOUSE_UNAVAILABLE'))
    produce(it.log, barsEach, 2 * barsEach)
    await caughtUp(it.log, definition)
    expect(await stored(it.tables)).toMatchObject(once(2 * barsEach))
  })

  test('when the sink is started again after it has inserted and before it has committed', async () => {
    const it = await installation()
    const tables = it.tables
    const first = sinkOn(tables, {})
    // What a killed sink leaves behind: rows, and no committed offset.
    const sink = await first.create({ partition: 0, partitions, runId: 'live' })
    await sink.applyChunk(barsOf(it.log, 0, 150), refuseNothing)
    const { definition } = await startSink(it)
    await caughtUp(it.log, definition)
    expect(await stored(tables)).toMatchObject(once(barsEach))
  })

  test('when a second sink joins and the first one leaves', async () => {
    const it = await installation()
    const first = await startSink(it)
    await waitUntil('some rows', async () => ((await stored(it.tables)).records ?? 0) > 100)
    const second = await startSink(it)
    produce(it.log, barsEach, 2 * barsEach)
    await waitUntil('both', () => [first, second].every(({ worker }) => worker.status.tasks.length === 1))
    await first.worker.stop()
    produce(it.log, 2 * barsEach, 3 * barsEach)
    await caughtUp(it.log, second.definition)
    expect(await stored(it.tables)).toMatchObject(once(3 * barsEach))
  })

  test('when a zombie inserts long after another has taken its partitions and committed them', async () => {
    const it = await installation()
    const proxy = await proxied()
    proxy.fateOf = (count) => (count <= partitions ? 'hold' : 'pass')
    const events: string[] = []
    // Its own group goes on telling it that all is well, as to a process that was stopped for longer than its session.
    const deaf = { ...withWriters(it.log, (_id, writer) => writer), membership: alone }
    // It does not give the held inserts up: a second try of them would pass, and not be what a zombie had sent before.
    await startSink({ ...it, log: deaf }, { url: proxy.url, events, chunk: 70, deadlineMs: 60_000 })
    await waitUntil('held inserts', () => proxy.tokens.length === partitions)
    const { definition } = await startSink(it)
    await caughtUp(it.log, definition)
    expect(await stored(it.tables)).toEqual({ ...once(barsEach), raw: barsEach * partitions })
    await proxy.release()
    await waitUntil(
      'both to be fenced',
      () => events.filter((event) => event === 'task-failed FENCED').length === partitions,
    )
    expect(proxy.applied).toBeGreaterThanOrEqual(partitions)
    expect(await stored(it.tables)).toMatchObject(once(barsEach))
  })
})

describe('a sink that starts', () => {
  const lose = (tables: readonly TableDefinition[], what: string) =>
    direct.command(`ALTER TABLE ${tables[0]?.database}.market_bars DELETE WHERE ${what} SETTINGS mutations_sync = 2`)

  /** An installation whose sink has stored everything, one unreadable record aside, and has stopped. */
  async function storedInstallation(options: SinkOptions = {}) {
    const it = await installation()
    it.log.produce([
      { topic: 'market.bars', partition: 1, key: Buffer.from('?'), value: Buffer.from('?'), timestamp: 1, headers: {} },
    ])
    const { worker, definition } = await startSink(it, options)
    await caughtUp(it.log, definition)
    await worker.stop()
    expect(await stored(it.tables)).toMatchObject(once(barsEach))
    return it
  }

  test('stops when a record below the committed offset is neither in the table nor a dead letter, and names it', async () => {
    const it = await storedInstallation()
    await lose(it.tables, '_partition = 1 AND (_offset BETWEEN 5 AND 9 OR _offset = 100)')
    const { worker } = await startSink(it)
    await expect(worker.finished).rejects.toMatchObject({
      code: 'ROWS_MISSING',
      missing: [{ topic: 'market.bars', partition: 1, offsets: [5, 6, 7, 8, 9, 100] }],
      message: expect.stringContaining('6 of market.bars[1] below 317 (offsets 5-9, 100)'),
    })
  })

  test('stores such records when it is told to, and finds nothing missing from then on', async () => {
    const it = await storedInstallation()
    await lose(it.tables, '_partition = 0')
    const { worker, definition } = await startSink(it, { gaps: 'fill' })
    produce(it.log, barsEach, 2 * barsEach)
    await caughtUp(it.log, definition)
    await worker.stop()
    expect(await stored(it.tables)).toMatchObject(once(2 * barsEach))
    const again = await startSink(it)
    produce(it.log, 2 * barsEach, 3 * barsEach)
    await caughtUp(it.log, again.definition)
    expect(await stored(it.tables)).toMatchObject(once(3 * barsEach))
  })

  test('stores them even where just these rows were inserted at once before, so that their token is known', async () => {
    const it = await storedInstallation({ chunk: 1_000 })
    await lose(it.tables, '_partition = 0')
    const { worker, definition } = await startSink(it, { gaps: 'fill' })
    produce(it.log, barsEach, barsEach + 20)
    await caughtUp(it.log, definition)
    await worker.stop()
    expect(await stored(it.tables)).toMatchObject(once(barsEach + 20))
  })

  test('never trusts offsets that somebody has moved', async () => {
    const it = await installation()
    const writer = await it.log.writer('by hand')
    await writer.fence()
    const positions = ['market.bars', 'dead-letters.sink'].flatMap((topic) =>
      [0, 1].map((partition) => ({ topic, partition, offset: topic === 'market.bars' ? 200 : 0 })),
    )
    await writer.commit({ records: [], offsets: { group: 'sink', positions } })
    const { worker } = await startSink(it)
    await expect(worker.finished).rejects.toMatchObject({ code: 'ROWS_MISSING' })
  })

  test('is refused by a table that lost a column, before anything is written', async () => {
    const it = await installation()
    await direct.command(`ALTER TABLE ${it.tables[0]?.database}.market_bars DROP COLUMN volume`)
    const { worker } = await startSink(it)
    await expect(worker.finished).rejects.toMatchObject({
      code: 'TABLE_MISMATCH',
      message: expect.stringMatching(/market_bars.*column volume: found none, wanted Float64/),
    })
    expect((await stored(it.tables)).raw).toBe(0)
  })
})

describe('while ClickHouse says "not now"', () => {
  test.each([
    ['too many parts', { status: 500, code: 252, text: 'Too many parts (3001)' }],
    ['no memory', { status: 500, code: 241, text: 'Memory limit exceeded' }],
    ['a table that is read-only', { status: 500, code: 242, text: 'Table is in readonly mode' }],
    ['a proxy without a server', { status: 503, text: 'Service Unavailable' }],
    ['an exception after status 200', { status: 200, code: 159, text: 'Timeout exceeded' }],
  ] as const)('(%s) nothing is refused, and everything goes in afterwards', async (_what, fate) => {
    const it = await installation()
    const proxy = await proxied()
    let isBusy = true
    proxy.fateOf = () => (isBusy ? fate : 'pass')
    const events: string[] = []
    const { worker, definition } = await startSink(it, { url: proxy.url, events })
    await waitUntil('a failure', () => events.includes('task-failed CLICKHOUSE_UNAVAILABLE'))
    expect(worker.status.state).toBe('running')
    isBusy = false
    await caughtUp(it.log, definition)
    expect(await stored(it.tables)).toEqual({ ...once(barsEach), raw: barsEach * partitions })
    expect(it.log.recordsOf({ topic: 'dead-letters.sink', partition: 0 })).toEqual([])
  })

  test('and a flood arrives, what is read ahead stays bounded, and the sink recovers by itself', async () => {
    const it = await installation()
    const proxy = await proxied()
    const { worker, definition } = await startSink(it, { url: proxy.url, chunk: 1_000 })
    await caughtUp(it.log, definition)
    await proxy.listen(false)
    produce(it.log, barsEach, 8_000)
    let most = 0
    const until = performance.now() + 2_500
    await waitUntil('a while', () => {
      most = Math.max(most, ...worker.status.tasks.map(({ buffered }) => buffered))
      return performance.now() > until
    })
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(2_600)
    await proxy.listen(true)
    await caughtUp(it.log, definition)
    expect(await stored(it.tables)).toMatchObject(once(8_000))
  }, 60_000)
})
