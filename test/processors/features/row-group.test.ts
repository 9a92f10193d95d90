import { describe, expect, it } from '@jest/globals'
import { stageOneRows } from '../../../catalog/stage-one.ts'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { createEngine } from '../../../processors/engine/engine.ts'
import { createTimeframeEngines } from '../../../processors/engine/timeframe-engines.ts'
import type { InputRecord } from '../../../processors/processor.ts'
import { appendFeature, editFeatures } from '../../catalog/feature-text.ts'
import { calendarOf, START } from '../engine/fold-cases.ts'
import { tapeBar, tapeMarker } from '../engine/tape.ts'
import { appliedAll, asInput } from '../ingest/driver.ts'
import { applyAll, DAY, type Emitted, HOUR, marker, row, stageOf, valuesOf, viewOf } from './stage.ts'

/** ema_12 is on hours at most, three times here; rsi_2 is on days only. */
const text = [
  { feature_id: 'ema_12_mean', ordinal: '700', default_agg: 'mean' },
  { feature_id: 'ema_12_max', ordinal: '701', default_agg: 'max' },
  { feature_id: 'rsi_2_value', ordinal: '702', indicator_id: 'rsi_2', unit: 'index', scale_class: 'unit_free' },
].reduce(
  (schema, cells) => appendFeature('ema_12_value', cells, schema),
  editFeatures('ema_12_value', { missing_policy: 'drop', missing_param: '{}' }),
)
const daily = viewOf(text)
const hourly = viewOf(text, '1h')

const numbers = (value: Readonly<Record<string, unknown>> | undefined) =>
  [value?.ema_12_value, value?.ema_12_mean, value?.ema_12_max].map(Number)

describe('over the rows of the engine', () => {
  const days = 6
  const tape: InputRecord[] = Array.from({ length: days * 24 }, (_, hour) => {
    // Each day falls until its last hour, which is the highest: a day without it has another mean, maximum and last value.
    const close = hour % 24 === 23 ? 140 + hour / 10 : 100 - (hour % 24)
    return tapeBar(START + (hour + 1) * HOUR, {
      timeframe: '1h',
      ...{ open: close, high: close + 1, low: close - 1, close, known_at: START + (hour + 1) * HOUR + 5 },
    })
  })
  const engines = createTimeframeEngines(stageOneRows())
  const engine = createEngine({ engines, calendarOf, graceMs: 60_000 })
  const rows = asInput(appliedAll(engine, tape))
  const rowsOf = (timeframe: Timeframe) =>
    rows.flatMap((record) => (record.kind === 'data' && record.value.timeframe === timeframe ? [record.value] : []))

  it('a day has the hours of the whole day, the last one too, though its row comes before that of the hour', () => {
    const order = rows.flatMap((one) =>
      one.kind === 'data' && one.value.ts === START + DAY ? [one.value.timeframe] : [],
    )
    expect(order).toEqual(['1d', '1h'])
    const published = valuesOf(applyAll(stageOf(daily), rows))
    expect(published.map(({ ts }) => Number(ts))).toEqual(
      Array.from({ length: days }, (_, day) => START + (day + 1) * DAY),
    )
    for (const value of published) {
      const ts = Number(value.ts)
      const hours = rowsOf('1h').filter((hour) => Number(hour.ts) > ts - DAY && Number(hour.ts) <= ts)
      const emas = hours.flatMap(({ ema_12__value: ema }) => (typeof ema === 'number' ? [ema] : []))
      const mean = emas.reduce((sum, ema) => sum + ema, 0) / emas.length
      expect(emas.at(-1)).toBe(hours.at(-1)?.ema_12__value)
      expect(numbers(value)).toEqual([emas.at(-1), mean, Math.max(...emas)].map((one) => Math.fround(Number(one))))
      expect(value.known_at).toBe(ts + 5)
    }
  })

  it('an hour has the day that closes with it', () => {
    const published = valuesOf(applyAll(stageOf(hourly), rows))
    expect(published).toHaveLength(days * 24)
    const newest = (ts: number) => rowsOf('1d').findLast((day) => Number(day.ts) <= ts)?.rsi_2__value
    const wanted = published.map(({ ts }) => newest(Number(ts)))
    expect(wanted.filter((value) => typeof value === 'number').length).toBeGreaterThan(48)
    expect(published.map((value) => value.rsi_2_value)).toEqual(
      wanted.map((value) => (typeof value === 'number' ? Math.fround(value) : null)),
    )
  })

  it('a day has the hour that the same marker closes, for each symbol', () => {
    const symbols = ['BBB', 'AAA']
    const both = (record: InputRecord): InputRecord[] =>
      record.kind === 'data' ? symbols.map((key) => ({ ...record, key, value: { ...record.value, symbol: key } })) : []
    const quarter = tapeBar(START + DAY - 45 * 60_000, { timeframe: '15m', close: 11.5 })
    const bars = [...tape.slice(0, 23), quarter].flatMap(both)
    const fresh = createEngine({ engines, calendarOf, graceMs: 60_000 })
    const records = asInput(appliedAll(fresh, [...bars, tapeMarker(START + DAY + 60_001)]))
    const closed = records.slice(-5, -1).map((one) => (one.kind === 'data' ? one.value : {}))
    expect(closed.map(({ symbol, timeframe, ts }) => [symbol, timeframe, ts])).toEqual([
      ['AAA', '1d', START + DAY],
      ['AAA', '1h', START + DAY],
      ['BBB', '1d', START + DAY],
      ['BBB', '1h', START + DAY],
    ])
    const published = valuesOf(applyAll(stageOf(daily), records))
    const ema = Math.fround(Number(closed[1]?.ema_12__value))
    expect(published.map((value) => [value.symbol, value.ts, value.known_at, value.ema_12_value])).toEqual([
      ['AAA', START + DAY, START + DAY + 60_001, ema],
      ['BBB', START + DAY, START + DAY + 60_001, ema],
    ])
  })
})

/** Rows of one close, the last with `rows_left` 0. */
function group(ts: number, rows: readonly (readonly [Timeframe, Readonly<Record<string, unknown>>])[]) {
  const length = { '1m': 60_000, '5m': 300_000, '15m': 900_000, '1h': HOUR, '1d': DAY, '1w': 7 * DAY }
  return rows.map(([timeframe, fields], at) =>
    row({ ts, timeframe, ts_open: ts - length[timeframe], rows_left: rows.length - 1 - at, ...fields }),
  )
}

const close = (day: number, ema: number, fields: Readonly<Record<string, unknown>> = {}) =>
  group(day * DAY, [
    ['15m', fields],
    ['1d', { rsi_2__value: day, ...fields }],
    ['1h', { ema_12__value: ema, ...fields }],
  ])

const where = (emitted: readonly Emitted[]) =>
  emitted.map((one) =>
    'value' in one ? `${one.key} ${one.timestamp / DAY}` : 'marker' in one ? 'marker' : one.refused,
  )

describe('a group of rows', () => {
  it('is published with its last row, and is known when all of it was', () => {
    const [quarter, day, hour] = close(1, 7)
    const late = hour && { ...hour, value: { ...hour.value, known_at: DAY + 9 } }
    const stage = stageOf(daily)
    expect(
      applyAll(
        stage,
        [quarter, day].flatMap((one) => one ?? []),
      ),
    ).toEqual([])
    expect(valuesOf(applyAll(stage, late ? [late] : []))).toMatchObject([{ ema_12_value: 7, known_at: DAY + 9 }])
  })

  it('ends with its last row also when the view does not read that, or it is refused', () => {
    const read = group(DAY, [
      ['1h', { ema_12__value: 7 }],
      ['1d', {}],
      ['5m', {}],
    ])
    expect(valuesOf(applyAll(stageOf(daily), read))).toMatchObject([{ ema_12_value: 7 }])
    const refused = group(DAY, [
      ['1d', {}],
      ['1h', { ema_12__value: 'seven' }],
    ])
    expect(where(applyAll(stageOf(daily), refused))).toEqual(['NOT_FINITE', 'AAPL 1'])
  })

  it('goes on after a restart between any two of its rows', () => {
    const market = marker('market-state', 'progress', DAY)
    const rows = [...close(1, 7), market, ...close(1, 8, { symbol: 'MSFT' }), ...close(2, 9), market, ...close(3, 10)]
    for (const view of [daily, hourly]) {
      const whole = applyAll(stageOf(view), rows)
      expect(valuesOf(whole)).toHaveLength(4)
      for (let cut = 0; cut <= rows.length; cut += 1) {
        const first = stageOf(view)
        const before = applyAll(first, rows.slice(0, cut))
        const second = stageOf(view)
        applyAll(second, close(1, 99).slice(0, 2))
        const snapshot = first.snapshot()
        second.restore(structuredClone(snapshot))
        const copy = structuredClone(snapshot)
        applyAll(first, rows.slice(cut))
        expect(snapshot).toEqual(copy)
        expect([...before, ...applyAll(second, rows.slice(cut))]).toEqual(whole)
      }
    }
  })

  it('of which the rest never comes is published with what there is, before the record that shows it', () => {
    const cut = close(1, 7).slice(0, 2)
    const clock = marker('indicators', 'clock', 2 * DAY)
    const run = (...records: InputRecord[]) => where(applyAll(stageOf(daily), [...cut, ...records]))
    expect(run()).toEqual([])
    expect(run(marker('market-state', 'progress', DAY))).toEqual([])
    expect(run(clock)).toEqual(['AAPL 1', 'marker'])
    expect(run(...close(1, 8, { symbol: 'MSFT' }))).toEqual(['AAPL 1', 'MSFT 1'])
    expect(run(...close(2, 8))).toEqual(['AAPL 1', 'AAPL 2'])
    expect(run(row({ ts: Number.NaN }))).toEqual(['AAPL 1', 'NOT_FINITE'])
    const later = valuesOf(applyAll(stageOf(daily), [...cut, ...close(2, 8), ...close(3, 9)]))
    expect(later.map((value) => value.ema_12_value)).toEqual([null, 8, 9])
  })

  it('takes a timeframe once', () => {
    const [quarter, day, hour] = close(1, 7)
    const again = day && { ...day, value: { ...day.value, rsi_2__value: 50 } }
    const emitted = applyAll(
      stageOf(daily),
      [quarter, day, again, hour].flatMap((one) => one ?? []),
    )
    expect(where(emitted)).toEqual(['TIMES_OUT_OF_ORDER', 'AAPL 1'])
    expect(valuesOf(emitted)).toMatchObject([{ rsi_2_value: 1 }])
  })

  it('is in the units after a split, whichever of its rows comes first', () => {
    const split = { split_factor: 2 }
    const priced = viewOf(editFeatures('ema_12_value', { indicator_id: 'sma_200', missing_policy: 'drop' }, text), '1h')
    const before = group(DAY, [
      ['1d', { sma_200__value: 30 }],
      ['1h', { ema_12__value: 30 }],
    ])
    const rows = (order: readonly Timeframe[]) =>
      group(
        2 * DAY,
        order.map((timeframe) => [
          timeframe,
          timeframe === '1d' ? { sma_200__value: 16, ...split } : { ema_12__value: 14, ...split },
        ]),
      )
    for (const order of [['1d', '1h'] as const, ['1h', '1d'] as const]) {
      const hours = valuesOf(applyAll(stageOf(priced), [...before, ...rows(order)]))
      expect(hours.map((value) => value.ema_12_value)).toEqual([30, 16])
      const night = group(DAY + HOUR, [['1h', { ema_12__value: 40 }]])
      const days = valuesOf(applyAll(stageOf(daily), [...before, ...night, ...rows(order)]))
      expect(days.map(numbers)).toEqual([
        [30, 30, 30],
        [14, 17, 20],
      ])
    }
  })
})

describe('rows of one close that are no group', () => {
  const day = row({ ts: DAY, rsi_2__value: 50 })
  const hour = row({ ts: DAY, timeframe: '1h', ts_open: DAY - HOUR, ema_12__value: 7 })
  const next = [row({ ts: DAY + HOUR, timeframe: '1h', ema_12__value: 8 }), row({ ts: 2 * DAY, rsi_2__value: 60 })]

  it('are seen by a row of the view behind them', () => {
    expect(valuesOf(applyAll(stageOf(daily), [hour, day]))).toMatchObject([{ ema_12_value: 7 }])
    expect(valuesOf(applyAll(stageOf(hourly), [day, hour]))).toMatchObject([{ rsi_2_value: 50 }])
  })

  it('come too late for the one before them: a longer one counts from the next on, a shorter one not at all', () => {
    const hours = valuesOf(applyAll(stageOf(hourly), [hour, day, ...next]))
    expect(hours.map((value) => value.rsi_2_value)).toEqual([null, 50])
    const days = valuesOf(applyAll(stageOf(daily), [day, hour, ...next]))
    expect(days.map((value) => value.ema_12_max)).toEqual([null, 8])
  })
})
