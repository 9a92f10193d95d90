import { type Calendar, loadCalendars } from '../catalog/calendar.ts'
import { outputWidth } from '../catalog/indicator-row.ts'
import { loadCatalog } from '../catalog/indicators.ts'
import { didYouMean } from '../catalog/nearest-names.ts'
import { TIMEFRAMES, type Timeframe } from '../catalog/timeframe.ts'
import { type BarInput, createBarInput, unknownSession } from '../processors/indicators/bar.ts'
import { chooseRows, computableRows } from '../processors/indicators/choose-rows.ts'
import { createIndicatorEngine } from '../processors/indicators/engine.ts'
import { createReplaceable } from '../processors/indicators/replaceable.ts'
import type { SideField } from '../processors/indicators/side-fields.ts'
import { createSessionCursor, type SessionCursor } from '../processors/timeframes/session-cursor.ts'
import type { IndicatorId, IndicatorOutputs, VectorOutput } from './indicator-outputs.ts'

/** Names of the outputs of some indicators, `<indicator_id>.<output>`. */
export type OutputName<Id extends IndicatorId = IndicatorId> = {
  [One in Id]: `${One}.${IndicatorOutputs[One]}`
}[Id]

/** The values of a bar by output name; null = not available. States and flags are numbers. */
export type IndicatorValues<Id extends IndicatorId = IndicatorId> = {
  readonly [Name in OutputName<Id>]: (Name extends VectorOutput ? readonly number[] : number) | null
}

/** An output of an engine: its name, its unit and its machine type as the catalog has them. */
export type EngineOutput<Id extends IndicatorId = IndicatorId> = {
  readonly name: OutputName<Id>
  readonly indicatorId: Id
  readonly unit: string
  readonly dtype: string
}

/** A bar in prices of its own time; `EngineOptions` says what needs the times. */
export type EngineBar = {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  /** UTC epoch milliseconds. */
  readonly openTime?: number
  /** UTC epoch milliseconds. */
  readonly closeTime?: number
  /** What is known from outside the series at the bar's close, such as `{ 'benchmark.close': 1402.1 }`; see `outsideFields`. */
  readonly outside?: Readonly<Partial<Record<SideField, number>>>
}

/** What an engine is made with. */
export type EngineOptions<Id extends IndicatorId> = {
  /** Timeframe of the bars: volatilities are annualised by it. */
  readonly timeframe: Timeframe
  /** Ids of indicators; all that can be computed from one series by default. */
  readonly indicators?: readonly Id[]
  /** Id of a session calendar (`XNYS`, `CRYPTO`, `FX`). Indicators that read sessions need it, and both times of a bar. */
  readonly calendar?: string
}

/** The state of an engine as data. It is good for an engine with the same `layoutHash`. */
export type EngineSnapshot = { readonly layoutHash: string; readonly state: Float64Array }

/** Computes indicators of one series, bar by bar. */
export interface BarEngine<Id extends IndicatorId = IndicatorId> {
  /** What values hold, in catalog order. */
  readonly outputs: readonly EngineOutput<Id>[]
  /** What the indicators read from outside the series. */
  readonly outsideFields: readonly SideField[]
  /** Hex sha256 of all that gives a snapshot its meaning. */
  readonly layoutHash: string
  /** Folds a bar that follows the newest one. Throws RangeError, with nothing changed, for what can be no bar. */
  push(bar: EngineBar): IndicatorValues<Id>
  /**
   * Puts `bar` in the place of the newest one, as if only `bar` had come: for a bar that is still growing. Throws as `push` does,
   * and before the first bar since the engine was made or restored.
   */
  replace(bar: EngineBar): IndicatorValues<Id>
  /** Brings the past into the units after a split (new shares per old); call it before the first bar in the new units. */
  split(newSharesPerOld: number): void
  /** A copy of the state. */
  snapshot(): EngineSnapshot
  /** Replaces the state by a copy of a snapshot's. Throws RangeError when it is of another layout. */
  restore(snapshot: EngineSnapshot): void
}

/**
 * Makes an engine of the indicator catalog for one series; the values are those of the chain on Kafka and of `barline indicators
 * compute`. Throws RangeError for an unknown id (naming those most like it), an indicator that needs all symbols at once, or
 * an unknown calendar.
 */
export function createEngine<const Id extends IndicatorId = IndicatorId>(options: EngineOptions<Id>): BarEngine<Id> {
  const { timeframe, indicators, calendar } = options
  if (!TIMEFRAMES.includes(timeframe))
    throw new RangeError(`timeframe ${timeframe} is not one of ${TIMEFRAMES.join(', ')}`)
  if (indicators !== undefined && !Array.isArray(indicators)) throw new RangeError('indicators is no array of ids')
  const catalog = loadCatalog()
  const shown = new Set<string>(indicators ?? computableRows(catalog).map(({ id }) => id))
  const rows = chooseRows(catalog, [...shown])
  const engine = createIndicatorEngine(rows)
  const { columns, sideFields, layoutHash } = engine
  const sessions = calendar === undefined ? undefined : createSessionCursor(calendarOf(calendar))
  const input = { ...createBarInput(sideFields.length), timeframe }
  const outputs = columns.flatMap((column, first) => {
    const isShown = shown.has(column.indicatorId) && (column.component ?? 0) === 0
    return isShown ? [{ ...column, first, width: outputWidth(column.dtype) }] : []
  })
  let bars = createReplaceable(engine)

  const values = (): IndicatorValues<Id> => {
    const named: Record<string, number | readonly number[] | null> = {}
    for (const { name, first, width } of outputs) {
      const numbers = bars.values.subarray(first, first + width)
      if (numbers.some(Number.isNaN)) named[name] = null
      else named[name] = width === 1 ? (numbers[0] ?? null) : [...numbers].map(Math.fround)
    }
    return named as IndicatorValues<Id>
  }

  return {
    outputs: outputs.map(({ name, indicatorId, unit, dtype }) => {
      return { name: name as OutputName<Id>, indicatorId: indicatorId as Id, unit, dtype }
    }),
    outsideFields: sideFields,
    layoutHash,
    push(bar) {
      fill(input, bar, sessions, sideFields)
      bars.push(input)
      return values()
    },
    replace(bar) {
      fill(input, bar, sessions, sideFields)
      bars.replace(input)
      return values()
    },
    split: (newSharesPerOld) => bars.rescale(newSharesPerOld),
    snapshot: () => ({ layoutHash, state: bars.state.slice() }),
    restore(snapshot) {
      if (snapshot.layoutHash !== layoutHash) {
        throw new RangeError(`Cannot restore layout ${snapshot.layoutHash} into layout ${layoutHash}`)
      }
      bars = createReplaceable(engine)
      bars.state.set(snapshot.state)
    },
  }
}

function calendarOf(id: string): Calendar {
  const calendars = loadCalendars()
  const calendar = calendars.get(id)
  if (calendar !== undefined) return calendar
  const ids = [...calendars.keys()]
  throw new RangeError(`There is no calendar ${id}, only ${ids.join(', ')}${didYouMean(id, ids)}`)
}

function fill(
  input: BarInput,
  bar: EngineBar,
  sessions: SessionCursor | undefined,
  sideFields: readonly SideField[],
): void {
  checkBar(bar)
  const { openTime = Number.NaN, closeTime = Number.NaN, outside } = bar
  input.open = bar.open
  input.high = bar.high
  input.low = bar.low
  input.close = bar.close
  input.volume = bar.volume
  input.tsClose = closeTime
  if (sessions?.knows(openTime, closeTime)) sessions.place(input.timeframe, openTime, closeTime, input.session)
  else Object.assign(input.session, unknownSession())
  for (const [index, field] of sideFields.entries()) input.side[index] = outside?.[field] ?? Number.NaN
}

function checkBar({ open, high, low, close, volume, openTime, closeTime }: EngineBar): void {
  for (const [name, value] of Object.entries({ open, high, low, close, volume })) {
    if (typeof value !== 'number') throw new RangeError(`${name} is no number but of type ${typeof value}`)
  }
  for (const [name, price] of Object.entries({ open, high, low, close })) {
    if (!(price > 0 && Number.isFinite(price))) throw new RangeError(`${name} is ${price}: a price must be above zero`)
  }
  if (high < low) throw new RangeError(`high ${high} is below low ${low}`)
  if (!(volume >= 0 && Number.isFinite(volume))) throw new RangeError(`volume is ${volume}`)
  if (openTime !== undefined && closeTime !== undefined && openTime >= closeTime) {
    throw new RangeError(`openTime ${openTime} is not before closeTime ${closeTime}`)
  }
}
