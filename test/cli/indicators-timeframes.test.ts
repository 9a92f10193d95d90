import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { loadCalendars } from '../../catalog/calendar.ts'
import { loadCatalog } from '../../catalog/indicators.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import { createCloseOrder } from '../../cli/indicators/close-order.ts'
import { createInOrder } from '../../cli/indicators/in-order.ts'
import { createSymbolFold } from '../../processors/engine/symbol-fold.ts'
import { createTimeframeEngines } from '../../processors/engine/timeframe-engines.ts'
import { chooseRows } from '../../processors/indicators/choose-rows.ts'
import { compute, parseComputed, scratchFolder, writeTable } from './indicators-files.ts'

const folder = scratchFolder()
afterAll(() => rmSync(folder, { recursive: true }))

const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const START = Date.UTC(2021, 2, 1)
const DAYS = 75
const INDICATORS = ['trend_mtf_v1', 'vol_mtf_v1', 'structure_mtf_v1']

type Bar = {
  readonly timeframe: Timeframe
  readonly tsOpen: number
  readonly ts: number
  readonly numbers: readonly number[]
}

/** Bars of a quarter of an hour around the clock: a wave over days with one over hours on it, in steps of a cent. */
const quarters: readonly Bar[] = Array.from({ length: DAYS * 96 }, (_, index) => {
  const price = (at: number) =>
    Math.round(10_000 + 1_500 * Math.sin(at / 250) + 120 * Math.sin(at / 17) + 40 * Math.sin(at * at)) / 100
  const [open, close] = [price(index), price(index + 1)]
  const wick = 0.05 + 0.02 * (index % 3)
  const numbers = [open, Math.max(open, close) + wick, Math.min(open, close) - wick, close, 100 + (index % 37)]
  const tsOpen = START + index * 15 * MINUTE
  return { timeframe: '15m', tsOpen, ts: tsOpen + 15 * MINUTE, numbers }
})

function longer(timeframe: Timeframe, durationMs: number): readonly Bar[] {
  return Array.from({ length: (DAYS * DAY) / durationMs }, (_, index) => {
    const tsOpen = START + index * durationMs
    const ts = tsOpen + durationMs
    const part = quarters.slice((index * durationMs) / (15 * MINUTE), ((index + 1) * durationMs) / (15 * MINUTE))
    const of = (place: number) => part.map(({ numbers }) => numbers[place] ?? 0)
    const numbers = [
      of(0)[0],
      Math.max(...of(1)),
      Math.min(...of(2)),
      of(3).at(-1),
      of(4).reduce((sum, one) => sum + one, 0),
    ]
    return { timeframe, tsOpen, ts, numbers: numbers.map((one) => one ?? 0) }
  })
}

const hours = longer('1h', 60 * MINUTE)
const days = longer('1d', DAY)

const lineOf =
  (symbol: string) =>
  ({ timeframe, tsOpen, numbers }: Bar) =>
    `${symbol},${timeframe},${new Date(tsOpen).toISOString()},${numbers.join()}`

const by = (key: (bar: Bar) => number) => (a: Bar, b: Bar) => key(a) - key(b)

/** The hourly rows of the chain when it gets quarters only and builds the hours and days itself. */
function rowsOfChain(): readonly string[] {
  const calendar = loadCalendars().get('CRYPTO')
  if (calendar === undefined) throw new Error('no calendar')
  const rows = chooseRows(loadCatalog(), INDICATORS).map((row) => ({ ...row, defaultTimeframes: ['1h' as const] }))
  const engines = createTimeframeEngines(rows)
  const fold = createSymbolFold({ engines, calendarOf: () => calendar, graceMs: 0 })
  const shown = engines.columns.flatMap(({ indicatorId }, index) => (INDICATORS.includes(indicatorId) ? [index] : []))
  const given: string[] = []
  for (const { timeframe, tsOpen, ts, numbers } of quarters) {
    const [open = 0, high = 0, low = 0, close = 0, volume = 0] = numbers
    const bar = { symbol: 'X', timeframe, ts_open: tsOpen, ts, known_at: ts, open, high, low, close, volume }
    const refusal = fold.takeBar(bar, (row) => {
      if (row.bar.timeframe !== '1h') return
      given.push(
        shown
          .map((index) => row.values[index])
          .map((value) => (Number.isNaN(value) ? '' : value))
          .join(),
      )
    })
    expect(refusal).toBeUndefined()
  }
  return given
}

describe('a file with several timeframes', () => {
  const all = [...quarters, ...hours, ...days]
  const command = { timeframe: '1h', indicators: INDICATORS, calendar: 'CRYPTO' }
  const valuesOf = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',').slice(3).join())

  it('gives the rows of the chain that builds them itself, whether it is sorted by open or by close', async () => {
    const expected = rowsOfChain()
    const byOpen = all.toSorted(by(({ tsOpen }) => tsOpen)).map(lineOf('X'))
    const byClose = all.toSorted(by(({ ts }) => ts)).map(lineOf('X'))
    for (const [name, lines] of Object.entries({ byOpen, byClose })) {
      const { code, stdout, stderr } = await compute({ bars: writeTable(folder, `${name}.csv`, lines), ...command })
      expect([name, code, stderr]).toEqual([name, 0, ''])
      // Until the first ready-made day came, the fold does not wait for one.
      expect(valuesOf(stdout).slice(24)).toEqual(expected.slice(24))
    }
    const cells = expected.map((row) => row.split(','))
    const hasValue = cells[0]?.map((_, column) => cells.some((row) => row[column] !== ''))
    expect(hasValue).toEqual(cells[0]?.map(() => true))
  }, 60_000)

  it('serves several symbols one after the other or mixed by time, and the rows come in the order of the file', async () => {
    const part = all.filter(({ ts }) => ts <= START + 8 * DAY).toSorted(by(({ tsOpen }) => tsOpen))
    const apart = ['X', 'Y'].flatMap((symbol) => part.map(lineOf(symbol)))
    const mixed = part.flatMap((bar) => ['Y', 'X'].map((symbol) => lineOf(symbol)(bar)))
    const results = await Promise.all(
      [apart, mixed].map((lines, index) =>
        compute({ bars: writeTable(folder, `symbols-${index}.csv`, lines), ...command }),
      ),
    )
    for (const [index, lines] of [apart, mixed].entries()) {
      const computed = parseComputed(results[index]?.stdout ?? '')
      const expected = lines.filter((line) => line.includes(',1h,')).map((line) => line.split(',').slice(0, 3).join())
      expect(computed.map((row) => `${row.symbol},${row.timeframe},${row.ts_open_utc}`)).toEqual(expected)
    }
    const sorted = results.map(({ stdout }) => stdout.split('\n').sort())
    expect(sorted[0]).toEqual(sorted[1])
  }, 60_000)

  it('with one timeframe after the other is refused, for values would be missing in silence', async () => {
    const lines = [...days, ...hours].map(lineOf('X'))
    const { code, stderr } = await compute({ bars: writeTable(folder, 'apart.csv', lines), ...command })
    expect([code, stderr]).toEqual([2, expect.stringContaining('sort the file by symbol and time, or by time')])
  })

  it('is read for its own timeframe alone where nothing reads another one', async () => {
    const lines = [...days, ...hours].map(lineOf('X'))
    const bars = writeTable(folder, 'own.csv', lines)
    const { code, stdout } = await compute({ bars, timeframe: '1h', indicators: ['sma_20'], calendar: 'CRYPTO' })
    expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 1 + hours.length])
  })
})

describe('the order by close', () => {
  const bar = fc.record({ ts_open: fc.nat(50), length: fc.constantFrom(1, 2, 5, 20) })

  it('is the sorted order, for any bars of a file sorted by open', () => {
    fc.assert(
      fc.property(fc.array(bar), (given) => {
        const bars = given
          .toSorted((a, b) => a.ts_open - b.ts_open)
          .map(({ ts_open, length }, place) => ({ ts_open, ts: ts_open + length, place }))
        const order = createCloseOrder<(typeof bars)[number]>()
        const released = [...bars.flatMap((one) => order.take(one)), ...order.finish()]
        expect(released).toEqual(bars.toSorted((a, b) => a.ts - b.ts))
      }),
    )
  })

  it('starts anew when the file goes back in time', () => {
    const order = createCloseOrder<{ ts_open: number; ts: number }>()
    const [first, second, third] = [
      { ts_open: 10, ts: 20 },
      { ts_open: 12, ts: 13 },
      { ts_open: 0, ts: 5 },
    ]
    expect([order.take(first), order.take(second), order.take(third)]).toEqual([[], [], [second, first]])
    expect(order.finish()).toEqual([third])
  })
})

describe('what is settled out of order', () => {
  it('is given in order, each once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(200)), (keys) => {
        const places = keys.map((_, place) => place).toSorted((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0))
        const output = createInOrder<number>()
        const taken = places.flatMap((place) => {
          output.settle(place, place % 3 === 0 ? undefined : place)
          return output.take()
        })
        expect(taken).toEqual(keys.map((_, place) => place).filter((place) => place % 3 !== 0))
      }),
    )
  })
})
