import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { tableFromIPC } from 'apache-arrow'
import { projectRoot } from '../../../catalog/project-root.ts'
import { type FeatureServer, serveFeatures } from '../../../serve/features/http/feature-server.ts'
import { openApiDocument } from '../../../serve/features/http/openapi.ts'
import * as responses from '../../../serve/features/http/response-schemas.ts'
import type { RunningFeatureService } from '../../../serve/features/open-feature-service.ts'
import { twoZones } from './support/rows.ts'
import { monday, serviceOf } from './support/service.ts'

let server: FeatureServer
let base: string
let failure: string | undefined

beforeAll(async () => {
  const { service } = serviceOf([
    { ts: monday, offset: 0, values: { rsi_14_value: 0.1, rsi_14_state: 1 }, zones: twoZones.fields },
    { symbol: 'MSFT', ts: monday, offset: 1, values: { rsi_14_cross_oversold_event: true } },
  ])
  // No route of these tests reads tables.
  const running = { ...service, tables: [], status: () => ({ lag: 3, failure }) } as unknown as RunningFeatureService
  server = await serveFeatures(running, { host: '127.0.0.1', port: 0 })
  base = `http://127.0.0.1:${server.port}`
})

afterAll(() => server.close())

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${base}${path}`, { method: 'POST', body: JSON.stringify(body), headers })

describe('the HTTP API', () => {
  test('answers a query and a body alike', async () => {
    const asked = await fetch(`${base}/v1/features?symbols=AAPL,MSFT&time_horizon=1d`)
    const posted = await post('/v1/features', { symbols: ['AAPL', 'MSFT'], time_horizon: '1d' })
    const answer = await posted.json()
    expect(await asked.json()).toEqual(answer)
    const { symbols, features } = responses.featuresResponse.parse(answer)
    expect(symbols.map(({ status }) => status)).toEqual(['ok', 'ok'])
    expect(symbols[0]).toMatchObject({ row: { states: { rsi_14_state: { code: 1, label: 'neutral' } } } })
    expect(symbols[0]?.status === 'ok' && symbols[0].row.values[features.indexOf('rsi_14_value')]).toBe(
      Math.fround(0.1),
    )
  })

  test('gives the same in Arrow, as float32, int8 and bool', async () => {
    const headers = { accept: 'application/vnd.apache.arrow.stream' }
    const response = await fetch(`${base}/v1/features?symbols=AAPL,MSFT,GOOG&time_horizon=1d`, { headers })
    const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()))
    const [apple, microsoft, google] = table.toArray().map((row) => row.toJSON())
    expect(apple).toMatchObject({
      status: 'ok',
      symbol: 'AAPL',
      rsi_14_value: Math.fround(0.1),
      rsi_14_state: 1,
      ts: monday,
    })
    expect(microsoft).toMatchObject({ rsi_14_value: null, rsi_14_cross_oversold_event: true })
    expect(google).toMatchObject({ status: 'no_row', ts: null, rsi_14_value: null })
    const types = ['rsi_14_value', 'rsi_14_state', 'rsi_14_cross_oversold_event'].map((name) =>
      String(table.getChild(name)?.type),
    )
    expect(types).toEqual(['Float32', 'Int8', 'Bool'])
  })

  test('gives the zones in JSON, and in Arrow as a list a field', async () => {
    const path = `${base}/v1/features?symbols=AAPL,MSFT,GOOG&time_horizon=1d&zones=true`
    const answer = responses.featuresResponse.parse(await (await fetch(path)).json())
    expect(answer.symbols[0]).toMatchObject({ row: { zones: twoZones.served } })
    const table = tableFromIPC(new Uint8Array(await (await fetch(`${path}&format=arrow`)).arrayBuffer()))
    const lists = Object.entries(twoZones.fields).map(([field]) => {
      const cells = [...(table.getChild(field) ?? [])].map((list) => [...list].map(Number))
      return [field, cells]
    })
    expect(Object.fromEntries(lists)).toEqual(
      Object.fromEntries(Object.entries(twoZones.fields).map(([field, list]) => [field, [list, [], []]])),
    )
    expect(String(table.getChild('zone_last_touch')?.type)).toBe('List<Timestamp<MILLISECOND, UTC>>')
  })

  test('takes times as milliseconds and as text with a zone, and no others', async () => {
    const asOf = async (text: string | number) =>
      post('/v1/features', { symbols: ['AAPL'], time_horizon: '1d', as_of: text })
    const before = (await (await asOf(monday - 1)).json()) as { symbols: unknown }
    expect(before.symbols).toEqual([{ status: 'no_row', symbol: 'AAPL', is_final: true }])
    expect(await (await asOf('2020-01-06T20:59:59.999Z')).json()).toEqual(before)
    expect((await asOf('2020-01-06T20:59:59')).status).toBe(400)
    for (const text of ['6.1.2020', '2020', '202001', '20200106']) expect((await asOf(text)).status).toBe(400)
  })

  test.each([
    ['/v1/features?symbols=APPL&time_horizon=1d', 404, 'FEATURES_UNKNOWN_SYMBOL', 'did you mean AAPL'],
    ['/v1/features?symbols=AAPL&time_horizon=1d&pack_id=core', 404, 'FEATURES_UNKNOWN_PACK', 'core_v1'],
    ['/v1/features?symbols=AAPL&time_horizon=1w', 404, 'FEATURES_NOT_SERVED', '1d'],
    ['/v1/features?symbols=AAPL&time_horizon=1d&as_of=2030-01-01', 409, 'FEATURES_AS_OF_AHEAD', 'ahead of the data'],
    ['/v1/features?symbols=AAPL&asof=1', 400, 'FEATURES_BAD_REQUEST', 'asof'],
    ['/v1/features', 400, 'FEATURES_BAD_REQUEST', 'symbols: is missing'],
    ['/v1/features?symbols=', 400, 'FEATURES_BAD_REQUEST', 'symbols.0: must not be empty'],
    ['/v1/features?symbols=AAPL&zones=1', 400, 'FEATURES_BAD_REQUEST', 'zones: must be true or false'],
    ['/v1/history?symbols=AAPL&to=2012-01-01', 400, 'FEATURES_BAD_REQUEST', 'from: is missing'],
    ['/v1/nothing', 404, 'FEATURES_BAD_REQUEST', '/openapi.json'],
    ['/v1/training-set', 405, 'FEATURES_BAD_REQUEST', 'POST /v1/training-set'],
  ])('GET %s gives %i %s', async (path, status, code, text) => {
    const response = await fetch(`${base}${path}`)
    expect(response.status).toBe(status)
    expect(responses.errorResponse.parse(await response.json()).error).toMatchObject({
      code,
      message: expect.stringContaining(text),
    })
  })

  test('says of a training set what is wrong with the way it was asked for', async () => {
    const messageOf = async (body: unknown) =>
      ((await (await post('/v1/training-set', body)).json()) as { error: { message: string } }).error.message
    expect(await messageOf({ symbols: ['AAPL'], from: '2020-01-01' })).toMatch(/^to: is missing/)
    expect(await messageOf({ points: [{ symbol: 'AAPL' }] })).toMatch(/^points.0.as_of: is missing/)
  })

  test('refuses a body that is not JSON, and one that is too large', async () => {
    const send = (body: string) => fetch(`${base}/v1/features`, { method: 'POST', body })
    expect((await send('{')).status).toBe(400)
    expect((await send(' '.repeat(5_000_000))).status).toBe(413)
  })

  test('describes packs and freshness as its document says', async () => {
    const packs = responses.packsResponse.parse(await (await fetch(`${base}/v1/packs`)).json())
    expect(packs.pack_ids).toContain('core_v1')
    expect(packs.views.map(({ time_horizon }) => time_horizon)).toContain('1d')
    const answer = await (await fetch(`${base}/v1/freshness?time_horizon=1d`)).json()
    expect(responses.freshnessResponse.parse(answer)).toMatchObject({ lag: 3, symbols: ['AAPL', 'MSFT'] })
  })

  test('is healthy while the log can be read', async () => {
    expect((await fetch(`${base}/healthz`)).status).toBe(200)
    failure = 'no broker'
    expect((await fetch(`${base}/healthz`)).status).toBe(503)
    failure = undefined
  })

  test('counts its answers by route and status, and shows what it holds', async () => {
    const text = await (await fetch(`${base}/metrics`)).text()
    const metric = (line: string) =>
      Number(
        text
          .split('\n')
          .find((each) => each.startsWith(`${line} `))
          ?.slice(line.length),
      )
    expect(metric('barline_feature_requests_total{route="GET /v1/features",status="404"}')).toBeGreaterThan(1)
    expect(metric('barline_feature_requests_total{route="other",status="404"}')).toBe(1)
    expect(metric('barline_feature_errors_total{code="FEATURES_UNKNOWN_SYMBOL"}')).toBe(1)
    expect(metric('barline_feature_request_seconds_count{route="POST /v1/features"}')).toBeGreaterThan(3)
    expect(metric('barline_feature_rows_held{view="core_pack_1d"}')).toBe(2)
    expect(metric('barline_feature_bytes_held{view="core_pack_1d"}')).toBeGreaterThan(2 * 4 * 292)
    expect(metric('barline_feature_lag_records')).toBe(3)
    expect(metric('barline_feature_log_up')).toBe(1)
    expect(metric('barline_feature_known_until_timestamp_seconds{view="core_pack_1d",partition="0"}')).toBe(
      monday / 1000,
    )
  })

  test('serves the page and all that it loads from itself', async () => {
    const page = await (await fetch(`${base}/features`)).text()
    const loaded = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path)
    expect(loaded).toEqual(expect.arrayContaining(['/features/page.css', '/features/page.js', '/openapi.json']))
    for (const path of [...loaded, '/features/chart.js']) expect((await fetch(`${base}${path}`)).status).toBe(200)
    expect(page).not.toMatch(/https?:/)
  })
})

describe('docs/openapi.json', () => {
  test('is the document that is served; write it anew with `barline features openapi`', async () => {
    const committed = JSON.parse(readFileSync(join(projectRoot(), 'docs', 'openapi.json'), 'utf8'))
    expect(JSON.parse(JSON.stringify(openApiDocument()))).toEqual(committed)
    expect(await (await fetch(`${base}/openapi.json`)).json()).toEqual(committed)
  })
})
