import { describe, expect, test } from '@jest/globals'
import { exceptionCode, exceptionText, statusOf } from '../../../local/clickhouse/exception.ts'
import { isLocal, readRequest } from '../../../local/clickhouse/query-request.ts'

describe('readRequest', () => {
  test('tells the interface’s own parameters from settings and query parameters', () => {
    const url = '/?query=SELECT+1&database=d&query_id=q&max_threads=1&param_x=a%0Ab&wait_end_of_query=1'
    expect(readRequest({ method: 'POST', url, headers: { 'x-clickhouse-format': 'JSON' } })).toMatchObject({
      query: 'SELECT 1',
      database: 'd',
      queryId: 'q',
      defaultFormat: 'JSON',
      settings: [
        ['max_threads', '1'],
        ['param_x', 'a\nb'],
      ],
      readonly: false,
    })
  })

  test('compresses only when the client both asks and accepts', () => {
    const headers = { 'accept-encoding': 'gzip, br' }
    expect(readRequest({ method: 'GET', url: '/?enable_http_compression=1', headers }).acceptsGzip).toBe(true)
    expect(readRequest({ method: 'GET', url: '/', headers }).acceptsGzip).toBe(false)
  })

  test('GET may not write', () => {
    expect(readRequest({ method: 'GET', url: '/?query=x', headers: {} }).readonly).toBe(true)
  })

  test('refuses sessions, which it cannot keep', () => {
    expect(() => readRequest({ method: 'GET', url: '/?session_id=s', headers: {} })).toThrow(/Code: 48/)
  })
})

test('only this machine may ask', () => {
  expect(isLocal({ host: '127.0.0.1:8123' })).toBe(true)
  expect(isLocal({ host: 'localhost:8123', origin: 'http://localhost:3000' })).toBe(true)
  expect(isLocal({ host: 'rebound.example:8123' })).toBe(false)
  expect(isLocal({ host: '127.0.0.1:8123', origin: 'https://page.example' })).toBe(false)
})

test('an exception keeps ClickHouse’s code, and its status follows from it', () => {
  const error = new Error('Code: 60. DB::Exception: Table x does not exist. (UNKNOWN_TABLE)')
  expect(exceptionCode(error)).toBe(60)
  expect(exceptionText(error, '26.7')).toMatch(/^Code: 60\. .*\(UNKNOWN_TABLE\) \(version 26\.7/)
  expect([60, 62, 159, 202, 241].map(statusOf)).toEqual([404, 400, 408, 503, 500])
  expect(exceptionText(new Error('odd'), '26.7')).toMatch(/^Code: 1002\. DB::Exception: odd\. \(UNKNOWN_EXCEPTION\)/)
})
