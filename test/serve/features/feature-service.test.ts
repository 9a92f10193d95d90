import { describe, expect, test } from '@jest/globals'
import { contractHeaders } from '../../../catalog/contract.ts'
import { featuresJson } from '../../../serve/features/http/answer-json.ts'
import { featuresResponse } from '../../../serve/features/http/response-schemas.ts'
import { day, rowOf, twoZones, view } from './support/rows.ts'
import { monday, serviceOf } from './support/service.ts'

const rows = [
  { ts: monday, offset: 0, values: { rsi_14_value: 55.5, rsi_14_state: 1, rsi_14_cross_oversold_event: true } },
  { symbol: 'MSFT', ts: monday, offset: 1 },
  { ts: monday + 86_400_000, offset: 2 },
]
const daily = { timeHorizon: '1d' }

describe('getFeatures', () => {
  test('gives values in the order of the packs, states with their label, and where the row is', async () => {
    const masks = { imputed_core_value_v1: Buffer.from([1, 0, 0, 0, 0]) }
    const { service } = serviceOf([{ ...rows[0], ts: monday, offset: 7, masks }])
    const answer = await service.getFeatures({ symbols: ['AAPL'], ...daily })
    const [found] = answer.symbols
    if (found?.status !== 'ok') throw new Error('no row')
    const served = (id: string) => found.row.values[answer.features.indexOf(id)]
    const packs = view.packs.filter(({ id }) => id !== 'core_vector_v1')
    expect(answer.features).toEqual(packs.flatMap(({ features }) => features.map(({ id }) => id)))
    expect([served('rsi_14_value'), served('rsi_14_cross_oversold_event'), served('atr_14_value')]).toEqual([
      55.5,
      true,
      null,
    ])
    expect(found.row.states).toEqual({ rsi_14_state: { code: 1, label: 'neutral' } })
    expect(found.row.imputed).toEqual([view.features[0]?.id])
    expect(found.row.source).toEqual({ topic: 'features.core_pack_1d', partition: 0, offset: 7 })
    expect(Object.keys(answer.contracts)).toContain('core_value_v1')
  })

  test('serves one pack where one is asked for', async () => {
    const { service } = serviceOf(rows)
    const answer = await service.getFeatures({ symbols: ['AAPL'], packId: 'core_state_v1', ...daily })
    const pack = view.packs.find(({ id }) => id === 'core_state_v1')
    expect(answer.features).toEqual(pack?.features.map(({ id }) => id))
    expect(answer.features).toContain('rsi_14_state')
  })

  test('gives the zones of the bars where they are asked for, and only there', async () => {
    const { service } = serviceOf([
      { ts: monday, offset: 0, zones: twoZones.fields },
      { symbol: 'MSFT', ts: monday, offset: 1 },
    ])
    const rowsOf = async (zones?: boolean) =>
      (await service.getFeatures({ symbols: ['AAPL', 'MSFT'], ...daily, zones })).symbols.flatMap((each) =>
        each.status === 'ok' ? [each.row] : [],
      )
    expect((await rowsOf(true)).map(({ zones }) => zones)).toEqual([twoZones.served, []])
    const plain = await rowsOf()
    expect(plain.every((row) => !('zones' in row))).toBe(true)
    expect((await rowsOf(true)).map(({ zones: _, ...rest }) => rest)).toEqual(plain)
  })

  test('counts the age in bars of the calendar, and withholds the values of a row that is too old', async () => {
    const { service } = serviceOf(rows)
    const request = { symbols: ['AAPL', 'MSFT'], asOf: monday + 86_300_000, ...daily }
    const { symbols } = await service.getFeatures({ ...request, maxAgeBars: 0 })
    expect(symbols.map(({ status }) => status)).toEqual(['ok', 'ok'])
    const late = await service.getFeatures({ symbols: ['MSFT'], ...daily, maxAgeBars: 0 })
    expect(late.symbols[0]).toMatchObject({ status: 'stale', symbol: 'MSFT', age: { age_bars: 1, age_ms: 86_400_000 } })
    expect(await service.getFeatures({ ...request, maxAgeMs: 1_000 })).toMatchObject({
      symbols: [{ status: 'stale' }, {}],
    })
  })

  test('says that a listed symbol has no row, and refuses one that nobody knows', async () => {
    const { service } = serviceOf(rows)
    const { symbols } = await service.getFeatures({ symbols: ['GOOG'], ...daily })
    expect(symbols).toEqual([{ status: 'no_row', symbol: 'GOOG', is_final: false }])
    await expect(service.getFeatures({ symbols: ['MSTF'], ...daily })).rejects.toMatchObject({
      code: 'FEATURES_UNKNOWN_SYMBOL',
      message: expect.stringContaining('did you mean MSFT'),
    })
  })

  test.each([
    [{ symbols: ['AAPL'], packId: 'core_valu_v1', ...daily }, 'FEATURES_UNKNOWN_PACK', 'core_value_v1'],
    [{ symbols: ['AAPL'], timeHorizon: '1day' }, 'FEATURES_UNKNOWN_TIMEFRAME', '1d'],
    [{ symbols: ['AAPL'], timeHorizon: '1w' }, 'FEATURES_NOT_SERVED', 'core_pack_1d'],
    [{ symbols: [], ...daily }, 'FEATURES_BAD_REQUEST', 'symbols is empty'],
    [{ symbols: ['A', 'B', 'C', 'D'], ...daily }, 'FEATURES_TOO_LARGE', 'in parts'],
    [{ symbols: ['AAPL'], asOf: 0.5, ...daily }, 'FEATURES_BAD_REQUEST', 'whole milliseconds'],
    [{ symbols: ['AAPL'], asOf: monday + 86_400_000, ...daily }, 'FEATURES_AS_OF_AHEAD', '2020-01-07T21:00:00.000Z'],
  ])('refuses %j as %s', async (request, code, text) => {
    const { service } = serviceOf(rows)
    await expect(service.getFeatures(request)).rejects.toMatchObject({ code, message: expect.stringContaining(text) })
  })

  test('holds a symbol without rows to the clock of its own partition, however far another has been read', async () => {
    const tuesday = monday + 86_400_000
    const { service, online } = serviceOf([{ symbol: 'MSFT', ts: tuesday, offset: 0 }])
    const about = (asOf: number) => service.getFeatures({ symbols: ['GOOG'], asOf, ...daily })
    const ahead = { code: 'FEATURES_AS_OF_AHEAD', retriable: true }
    await expect(about(monday - 1)).rejects.toMatchObject({
      ...ahead,
      message: expect.stringContaining('nothing of the partition of GOOG has been read yet'),
    })
    online.takeMarker(1, { ts: monday, known_at: monday })
    await expect(about(monday + 3_600_000)).rejects.toMatchObject({
      ...ahead,
      message: expect.stringContaining('what is known of GOOG ends at 2020-01-06T21:00:00.000Z'),
    })
    expect(await about(monday - 1)).toMatchObject({ symbols: [{ status: 'no_row' }] })
    online.takeRow(rowOf({ symbol: 'GOOG', ts: monday + 1_800_000, partition: 1, offset: 1 }))
    online.takeMarker(1, { ts: tuesday, known_at: tuesday })
    expect(await about(monday + 3_600_000)).toMatchObject({ symbols: [{ status: 'ok' }] })
  })

  test('refuses rows of another contract', async () => {
    const { service } = serviceOf([{ ts: monday, offset: 0, headers: { 'contract.core_value_v1': 'another' } }])
    await expect(service.getFeatures({ symbols: ['AAPL'], ...daily })).rejects.toMatchObject({
      code: 'FEATURES_CONTRACT_CHANGED',
    })
  })

  test('takes a row that is from before a pack as one without its features, unless it is the newest', async () => {
    const { 'contract.core_state_v1': _, ...before } = contractHeaders(view)
    const older = { ts: monday, offset: 0, headers: before, values: { rsi_14_value: 4 } }
    const request = { symbols: ['AAPL'], packId: 'core_state_v1', ...daily }
    const { service } = serviceOf([older, { ts: monday + 86_400_000, offset: 1 }])
    const answer = await service.getFeatures({ ...request, asOf: monday + 1 })
    expect(answer.symbols[0]).toMatchObject({ status: 'ok', row: { ts: monday, states: {} } })
    await expect(serviceOf([older]).service.getFeatures(request)).rejects.toMatchObject({
      code: 'FEATURES_CONTRACT_CHANGED',
      message: expect.stringContaining('does not serve it'),
    })
  })

  test('reads what memory no longer has from the history, and gives the same values', async () => {
    const history = rows.map((each) => rowOf(each))
    const { service, asked } = serviceOf(rows, { rowsPerSymbol: 1, history })
    const whole = serviceOf(rows).service
    const request = { symbols: ['AAPL', 'MSFT'], asOf: monday + 1_000, ...daily }
    const expected = await whole.getFeatures({ ...request, symbols: ['AAPL'] })
    expect(await service.getFeatures({ ...request, symbols: ['AAPL'] })).toEqual(expected)
    expect(asked).toEqual(['AAPL'])
  })

  test('answers JSON that its schema describes, with the sign of zero', async () => {
    const { service } = serviceOf([
      { ts: day(6), offset: 0, values: { obv_slope_z_value: -0 } },
      rows[1] ?? { ts: 0, offset: 9 },
    ])
    const text = featuresJson(await service.getFeatures({ symbols: ['AAPL', 'GOOG'], ...daily })).toString('utf8')
    const parsed = featuresResponse.parse(JSON.parse(text))
    const [found] = parsed.symbols
    if (found?.status !== 'ok') throw new Error('no row')
    expect(found.row.values[parsed.features.indexOf('obv_slope_z_value')]).toBe(-0)
  })
})
