import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type ClickHouse, openClickHouse } from '../../sink/clickhouse-client.ts'
import { type FakeClickHouse, fail, type SeenRequest, startFakeClickHouse } from './support/fake-clickhouse.ts'

let server: FakeClickHouse | undefined
let client: ClickHouse | undefined

afterEach(async () => {
  await client?.close()
  await server?.close()
})

async function against(
  answer: (seen: SeenRequest, response: ServerResponse) => void,
  deadlineMs = 5_000,
): Promise<ClickHouse> {
  server = await startFakeClickHouse(answer)
  client = openClickHouse({ url: server.url, deadlineMs })
  return client
}

const insert = (to: ClickHouse): Promise<void> =>
  to.insert({
    table: { database: 'd', name: 't' },
    format: 'RowBinary',
    body: [Buffer.from('head'), Buffer.from([0, 255])],
    token: 'd.t:1-2',
  })

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('an insert', () => {
  test('sends its bytes as they are, its token, and every setting that a default could get wrong', async () => {
    const to = await against((_, response) => response.end())
    await insert(to)
    const [request] = server?.seen ?? []
    expect(request?.body).toEqual(Buffer.from([...Buffer.from('head'), 0, 255]))
    expect(Object.fromEntries(request?.parameters ?? [])).toMatchObject({
      query: 'INSERT INTO `d`.`t` FORMAT RowBinary',
      insert_deduplication_token: 'd.t:1-2',
      async_insert: '0',
      insert_deduplicate: '1',
      distributed_foreground_insert: '1',
      input_format_skip_unknown_fields: '0',
      max_execution_time: '5',
    })
  })

  const retriable: Array<[string, (response: ServerResponse) => void]> = [
    ['too many parts', (response) => fail(response, 500, 252, 'Too many parts. (TOO_MANY_PARTS)')],
    ['too many queries', (response) => fail(response, 503, 202, 'Too many simultaneous queries.')],
    ['no memory', (response) => fail(response, 500, 241, 'Memory limit exceeded.')],
    ['a read-only table', (response) => fail(response, 500, 242, 'Table is in readonly mode.')],
    ['lost contact to keeper', (response) => fail(response, 500, 999, 'Session expired.')],
    ['an exception under status 200', (response) => fail(response, 200, 319, 'Unknown status.')],
    ['an exception in the body of status 200', (response) => response.end('Code: 210. DB::NetException: gone.')],
    ['a proxy without a server', (response) => response.writeHead(503).end('<html>no server</html>')],
    ['a lost answer', (response) => response.destroy()],
    [
      'half an answer',
      (response) => response.writeHead(200, { 'Content-Length': '100' }).write('x', () => response.destroy()),
    ],
  ]
  test.each(retriable)('is to be repeated after %s', async (_, answer) => {
    const to = await against((__, response) => answer(response))
    expect(await failure(insert(to))).toMatchObject({ code: 'CLICKHOUSE_UNAVAILABLE', retriable: true })
  })

  test('is to be repeated when nobody listens', async () => {
    const to = await against(() => {})
    await server?.close()
    const error = await failure(insert(to))
    expect(error).toMatchObject({ code: 'CLICKHOUSE_UNAVAILABLE', operation: 'insert into d.t' })
    expect(String(error)).toContain('ECONNREFUSED')
  })

  test('is given up at its deadline', async () => {
    const to = await against(() => {}, 100)
    const error = await failure(insert(to))
    expect(error).toMatchObject({ code: 'CLICKHOUSE_UNAVAILABLE' })
    expect(String(error)).toContain('no answer within 2100 ms')
  })

  test.each([
    ['rows', 400, 117, 'Incorrect data: (at row 3). (INCORRECT_DATA)'],
    ['rows', 500, 469, 'Constraint `c` is violated. (VIOLATED_CONSTRAINT)'],
    ['statement', 400, 117, "Type of 'x' must be Int8: (while reading header). (INCORRECT_DATA)"],
    ['statement', 404, 60, 'Table d.t does not exist. (UNKNOWN_TABLE)'],
    ['statement', 403, 497, 'Not enough privileges. (ACCESS_DENIED)'],
    ['statement', 500, 1002, 'What is this? (UNKNOWN_EXCEPTION)'],
  ] as const)('is refused for its %s with status %i, code %i', async (about, status, code, text) => {
    const to = await against((_, response) => fail(response, status, code, text))
    const error = await failure(insert(to))
    expect(error).toMatchObject({ code: 'CLICKHOUSE_REJECTED', retriable: false, about, serverCode: code })
  })

  test('is refused by an answer that is not from ClickHouse', async () => {
    const to = await against((_, response) => response.writeHead(401).end('who are you?'))
    expect(await failure(insert(to))).toMatchObject({ about: 'statement', httpStatus: 401, text: 'who are you?' })
  })

  test('is refused in words that do not change from try to try', async () => {
    let tries = 0
    const to = await against((_, response) => {
      tries++
      const text = `Code: 469. DB::Exception: Constraint c for table d.t (41991fb3-9f51-4904-8ea7-443db1d78eb${tries}) is violated: (in file/uri /tmp/insert-${tries}): While executing File: data for INSERT was parsed from file. (VIOLATED_CONSTRAINT)`
      fail(response, 500, 469, text)
    })
    const first = await failure(insert(to))
    const second = await failure(insert(to))
    expect(String(second)).toBe(String(first))
    expect(first).toMatchObject({ text: expect.stringContaining('Constraint c for table d.t is violated') })
  })
})

describe('a read', () => {
  test('gives rows by column name and passes parameters beside the statement', async () => {
    const to = await against((_, response) => response.end('{"a":1}\n{"a":2}\n'))
    expect(await to.rows('SELECT a FROM t WHERE s = {s:String}', { s: 'x y' })).toEqual([{ a: 1 }, { a: 2 }])
    expect(server?.seen[0]?.parameters.get('param_s')).toBe('x y')
  })

  test('fails on an exception that comes after the first rows', async () => {
    const to = await against((_, response) =>
      response.end('{"a":1}\nCode: 241. DB::Exception: Memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)'),
    )
    expect(await failure(to.rows('SELECT a'))).toMatchObject({ code: 'CLICKHOUSE_UNAVAILABLE', serverCode: 241 })
  })
})
