import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { Kafka, logLevel } from 'kafkajs'
import { gone, identify, isAlive } from '../../local/process-identity.ts'
import { type Stack, startStack } from '../../local/stack.ts'
import { openTopicAdmin } from '../../streams/kafka/open-topic-admin.ts'
import { waitUntil } from '../streams/support/wait-until.ts'

const minutes = 60_000
let dir: string
let stack: Stack
let client: ClickHouseClient

const connect = (compression = false): ClickHouseClient =>
  createClient({
    url: stack.clickhouse.url,
    compression: { request: compression, response: compression },
    log: { level: ClickHouseLogLevel.OFF },
  })
const kafka = (): Kafka => new Kafka({ brokers: stack.kafka.brokers, logLevel: logLevel.NOTHING })

async function rows(query: string, query_params: Record<string, unknown> = {}): Promise<unknown> {
  const result = await client.query({ query, query_params, format: 'JSONEachRow' })
  return result.json()
}

/** Rows of `(number UInt32, label String)` in RowBinary, with every byte that a text protocol might touch. */
const rowBinary = (count: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, index) => {
      const number = Buffer.alloc(4)
      number.writeUInt32LE(index)
      return Buffer.concat([number, Buffer.from([4, 0x00, 0x0a, 0x0d, 0xff])])
    }),
  )

async function insertRowBinary(table: string, bytes: Buffer, insert_deduplication_token: string): Promise<void> {
  const { stream } = await client.exec({
    query: `INSERT INTO ${table} FORMAT RowBinary`,
    values: Readable.from([bytes], { objectMode: false }),
    clickhouse_settings: { insert_deduplication_token },
  })
  stream.resume()
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'barline stack-'))
  stack = await startStack({ dataDir: dir, stopOnSignals: false })
  client = connect()
}, 10 * minutes)

afterAll(async () => {
  await client?.close()
  await stack?.stop()
  rmSync(dir, { recursive: true, force: true })
}, 2 * minutes)

describe('Kafka', () => {
  test('tells provisioning for how long it keeps positions, and how many copies there are', async () => {
    const admin = await openTopicAdmin({ brokers: stack.kafka.brokers })
    try {
      const settings = { 'offsets.retention.minutes': '2147483647', 'default.replication.factor': '1' }
      expect(await admin.brokers()).toEqual([{ id: 1, settings }])
      const asked = { 'unclean.leader.election.enable': 'false', 'min.insync.replicas': '1' }
      await admin.create([{ name: 'one-copy', partitions: 2, replicationFactor: 1, settings: asked }])
      const [described] = await admin.describe(['one-copy'])
      expect(described).toMatchObject({ name: 'one-copy', partitions: 2, copies: 1, settings: asked })
    } finally {
      await admin.close()
    }
  })

  test('a committed transaction is read, an aborted one is not', async () => {
    const admin = kafka().admin()
    await admin.connect()
    // kafkajs's own wait gives up where a busy broker has not heard of the topic yet.
    await admin.createTopics({ topics: [{ topic: 'probe' }], waitForLeaders: false })
    const hasLeader = () =>
      admin.fetchTopicOffsets('probe').then(
        () => true,
        () => false,
      )
    await waitUntil('the leader of the topic', hasLeader)
    await admin.disconnect()
    const producer = kafka().producer({ transactionalId: 'probe', idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const aborted = await producer.transaction()
    await aborted.send({ topic: 'probe', messages: [{ key: 'IBM', value: 'aborted' }] })
    await aborted.abort()
    const committed = await producer.transaction()
    await committed.send({ topic: 'probe', messages: [{ key: 'IBM', value: 'committed' }] })
    await committed.commit()
    await producer.disconnect()
    const consumer = kafka().consumer({
      groupId: 'probe',
      sessionTimeout: 3_000,
      heartbeatInterval: 1_000,
      readUncommitted: false,
    })
    await consumer.connect()
    await consumer.subscribe({ topic: 'probe', fromBeginning: true })
    const first = await new Promise((resolve) => {
      void consumer.run({ eachMessage: async ({ message }) => resolve(message.value?.toString()) })
    })
    await consumer.disconnect()
    expect(first).toBe('committed')
  }, 60_000)

  test('an unknown topic is an error and not a new topic', async () => {
    const admin = kafka().admin({ retry: { retries: 1 } })
    await admin.connect()
    await expect(admin.fetchTopicOffsets('misspelt')).rejects.toThrow('does not host this topic')
    expect(await admin.listTopics()).not.toContain('misspelt')
    await admin.disconnect()
  }, 30_000)
})

test('the registry keeps schemas and refuses an incompatible one', async () => {
  const registry = new SchemaRegistry({ host: stack.registry.url })
  const field = (name: string, type: string): object => ({ name, type })
  const register = (fields: object[]): Promise<{ id: number }> => {
    const schema = JSON.stringify({ type: 'record', name: 'Probe', fields })
    return registry.register({ type: SchemaType.AVRO, schema }, { subject: 'probe-value' })
  }
  const { id } = await register([field('close', 'double')])
  expect(await registry.decode(await registry.encode(id, { close: 1.5 }))).toEqual({ close: 1.5 })
  await expect(register([field('close', 'double'), field('added', 'long')])).rejects.toMatchObject({ status: 409 })
}, 30_000)

describe('ClickHouse', () => {
  const table = 'CREATE TABLE probe (number UInt32, label String) ENGINE = MergeTree ORDER BY number'

  test('RowBinary goes in byte for byte, and a repeated deduplication token is dropped', async () => {
    await client.command({ query: `${table} SETTINGS non_replicated_deduplication_window = 100` })
    const bytes = rowBinary(1_000)
    await insertRowBinary('probe', bytes, 'first')
    await insertRowBinary('probe', bytes, 'first')
    expect(await rows('SELECT toUInt32(count()) AS n FROM probe')).toEqual([{ n: 1_000 }])
    await insertRowBinary('probe', bytes, 'second')
    expect(await rows('SELECT toUInt32(count()) AS n FROM probe')).toEqual([{ n: 2_000 }])
    const query = encodeURIComponent('SELECT DISTINCT number, label FROM probe ORDER BY number FORMAT RowBinary')
    const answer = await fetch(`${stack.clickhouse.url}/?query=${query}`)
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
  }, 60_000)

  test.each(['Native', 'Parquet', 'ArrowStream'])('%s comes out and goes in again unchanged', async (format) => {
    const url = `${stack.clickhouse.url}/?query=`
    await client.command({ query: `CREATE TABLE copy_${format} AS probe` })
    const answer = await fetch(url + encodeURIComponent(`SELECT * FROM probe FORMAT ${format}`))
    expect(answer.headers.get('x-clickhouse-format')).toBe(format)
    const body = await answer.arrayBuffer()
    const insert = encodeURIComponent(`INSERT INTO copy_${format} FORMAT ${format}`)
    expect((await fetch(url + insert, { method: 'POST', body })).status).toBe(200)
    const sums = 'SELECT toString(count()), toString(sum(cityHash64(number, label)))'
    expect(await rows(`${sums} FROM copy_${format}`)).toEqual(await rows(`${sums} FROM probe`))
  })

  test('JSON rows, gzip both ways, and query parameters work', async () => {
    await client.command({ query: 'CREATE TABLE json AS probe' })
    const packed = connect(true)
    const label = "x'y\\z\n\tä"
    await packed.insert({ table: 'json', values: [{ number: 7, label }], format: 'JSONEachRow' })
    const result = await packed.query({
      query: 'SELECT number FROM json WHERE label = {label:String}',
      query_params: { label },
      format: 'JSONEachRow',
    })
    expect(await result.json()).toEqual([{ number: 7 }])
    await packed.close()
  })

  test('an error carries ClickHouse’s code, and so does a missed deadline', async () => {
    await expect(rows('SELECT * FROM nope')).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' })
    const endless =
      'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1 SETTINGS max_execution_time = 1'
    await expect(rows(endless)).rejects.toMatchObject({ code: '159', type: 'TIMEOUT_EXCEEDED' })
  })

  test('settings and the database of one query do not leak into the next', async () => {
    await client.query({ query: 'SELECT 1', clickhouse_settings: { max_threads: 1 }, query_params: { a: 1 } })
    await expect(rows('SELECT {a:UInt8}')).rejects.toMatchObject({ type: 'UNKNOWN_QUERY_PARAMETER' })
    expect(await rows("SELECT changed FROM system.settings WHERE name = 'max_threads'")).toEqual([{ changed: 0 }])
  })

  test('an insert does not wait for reads, and a reader who leaves is forgotten', async () => {
    const leave = new AbortController()
    const endless = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1 SETTINGS max_threads = 1'
    const reads = [1, 2, 3].map(() => client.query({ query: endless, abort_signal: leave.signal }).catch(() => 'left'))
    await client.insert({ table: 'json', values: [{ number: 8, label: '' }], format: 'JSONEachRow' })
    leave.abort()
    expect(await Promise.all(reads)).toEqual(['left', 'left', 'left'])
    expect(await rows('SELECT number FROM json WHERE number = 8')).toEqual([{ number: 8 }])
  })
})

test('a second stack on the same data directory is refused', async () => {
  const second = startStack({ dataDir: dir, stopOnSignals: false })
  await expect(second).rejects.toMatchObject({ code: 'data-dir-locked', pid: process.pid })
})

test('a part that is killed comes back with what it had acknowledged, on the same address', async () => {
  const { url } = stack.clickhouse
  await stack.clickhouse.kill()
  expect(stack.clickhouse.pid).toBeUndefined()
  await stack.clickhouse.start()
  expect(stack.clickhouse.url).toBe(url)
  expect(await rows('SELECT number FROM json WHERE number = 8')).toEqual([{ number: 8 }])
}, 60_000)

test(
  'topics, schemas and tables survive a restart, and a token is still known',
  async () => {
    await client.close()
    await stack.stop()
    stack = await startStack({ dataDir: dir, stopOnSignals: false })
    client = connect()
    await insertRowBinary('probe', rowBinary(1_000), 'second')
    expect(await rows('SELECT toUInt32(count()) AS n FROM probe')).toEqual([{ n: 2_000 }])
    const admin = kafka().admin()
    await admin.connect()
    expect(await admin.fetchTopicOffsets('probe')).toMatchObject([{ partition: 0 }])
    await admin.disconnect()
    expect(await (await fetch(`${stack.registry.url}/subjects`)).json()).toEqual(['probe-value'])
  },
  4 * minutes,
)

test(
  'when its process is killed, no child of a stack lives on, not even a paused one',
  async () => {
    await client.close()
    await stack.stop()
    const script = join(dir, 'run.mts')
    const main = pathToFileURL(join(process.cwd(), 'local', 'stack.ts')).href
    writeFileSync(
      script,
      `import { startStack } from ${JSON.stringify(main)}
     const stack = await startStack({ dataDir: ${JSON.stringify(dir)} })
     stack.registry.pause()
     console.log(JSON.stringify([stack.kafka.pid, stack.registry.pid, stack.clickhouse.pid]))`,
    )
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
    const owner = spawn(process.execPath, ['--import', tsx, script], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await new Promise<string[]>((resolve) => {
      createInterface({ input: owner.stdout }).once('line', (text) => resolve([text]))
      owner.once('exit', () => resolve(['[]']))
    })
    const children = (JSON.parse(line ?? '[]') as number[]).map(identify)
    expect(children.filter(isAlive)).toHaveLength(3)
    owner.kill('SIGKILL')
    expect(await Promise.all(children.map((child) => gone(child, 30_000)))).toEqual([true, true, true])
  },
  4 * minutes,
)
