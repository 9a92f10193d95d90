import { z } from 'zod'
import { type Calendar, loadCalendars } from '../../../catalog/calendar.ts'
import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { loadIndicatorCatalog } from '../../../catalog/indicators.ts'
import { TIMEFRAMES, type Timeframe } from '../../../catalog/timeframe.ts'
import type { SymbolFoldOptions } from '../../../processors/engine/symbol-fold.ts'
import { createTimeframeEngines, type TimeframeEngines } from '../../../processors/engine/timeframe-engines.ts'
import { defineIndicator, type IndicatorPlan } from '../../../processors/indicators/definition.ts'
import { DIMENSIONLESS } from '../../../processors/indicators/dimension.ts'
import { read, valueAgo } from '../../../processors/indicators/ring.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Monday, the start of a UTC day and week. */
export const START = Date.parse('2024-01-01T00:00Z')

const calendars = loadCalendars()

/** Symbols that begin with N trade in New York, all others around the clock. */
export function calendarOf(symbol: string): Calendar {
  const calendar = calendars.get(symbol.startsWith('N') ? 'XNYS' : 'CRYPTO')
  if (calendar === undefined) throw new Error('no calendar')
  return calendar
}

const [template] = loadIndicatorCatalog()

/** A catalog row for a test's own indicator, on all timeframes unless said otherwise. */
export function testRow(id: string, outputs: readonly string[], changes: Partial<IndicatorRow> = {}): IndicatorRow {
  if (template === undefined) throw new Error('the catalog is empty')
  return {
    ...template,
    id,
    params: {},
    dependencies: [],
    defaultTimeframes: TIMEFRAMES,
    warmupBars: undefined,
    outputs: outputs.map((name) => ({ name, dtype: 'float64', unit: 'price', min: null, max: null })),
    ...changes,
  }
}

/** A definition without parameters. */
export function testDefinition(id: string, plan: Omit<IndicatorPlan, 'warmupBars'>) {
  const whole = { warmupBars: undefined, ...plan }
  return defineIndicator({ ids: [id], params: z.strictObject({}), plan: () => whole })
}

/** The previous close in today's units, none on bar 0, and the number of bars. */
const previous = testDefinition('previous', {
  outputs: ['close', 'count'],
  lookback: { close: 2 },
  bind(slice) {
    const series = slice.series('close')
    const count = slice.slots('count', 1, DIMENSIONLESS)
    const close = slice.column('close')
    return {
      step(state, bar, out) {
        state[count] = read(state, count) + 1
        out[close] = bar.index === 0 ? Number.NaN : valueAgo(state, series, bar.index, 1)
        out[slice.column('count')] = read(state, count)
      },
    }
  },
})

/** Where the bar stands in its session. */
const place = testDefinition('place', {
  outputs: ['ordinal', 'bar'],
  bind(slice) {
    const [ordinal, bar] = [slice.column('ordinal'), slice.column('bar')]
    return {
      step(_, { session }, out) {
        out[ordinal] = session.ordinal
        out[bar] = session.bar
      },
    }
  },
})

/** The newest close of the day and of the quarter of an hour, as an hour sees them. */
const others = testDefinition('others', {
  outputs: ['day', 'quarter'],
  side: ['close.value@1d', 'close.value@15m'],
  bind(slice) {
    const [day, quarter] = [slice.side('close.value@1d'), slice.side('close.value@15m')]
    return {
      step(_, bar, out) {
        out[slice.column('day')] = bar.side[day] ?? Number.NaN
        out[slice.column('quarter')] = bar.side[quarter] ?? Number.NaN
      },
    }
  },
})

const close = testDefinition('close', {
  outputs: ['value'],
  bind: (slice) => ({
    step(_, bar, out) {
      out[slice.column('value')] = bar.close
    },
  }),
})

/** The announced earnings per share. */
const earnings = testDefinition('earnings', {
  outputs: ['value'],
  side: ['fundamental.eps_ttm'],
  bind: (slice) => ({
    step(_, bar, out) {
      out[slice.column('value')] = bar.side[slice.side('fundamental.eps_ttm')] ?? Number.NaN
    },
  }),
})

const hour: readonly Timeframe[] = ['1h']

/** Engines of the indicators above. */
export const testEngines: TimeframeEngines = createTimeframeEngines(
  [
    testRow('previous', ['close', 'count']),
    testRow('place', ['ordinal', 'bar']),
    testRow('others', ['day', 'quarter'], { defaultTimeframes: hour }),
    testRow('close', ['value'], { defaultTimeframes: hour }),
    testRow('earnings', ['value'], { defaultTimeframes: hour }),
  ],
  [previous, place, others, close, earnings],
)

/** What a fold of the test's engines is made with. */
export const testOptions: SymbolFoldOptions = { engines: testEngines, calendarOf, graceMs: MINUTE }
