import { parseTimeframe, type Timeframe } from '../../catalog/timeframe.ts'
import type { DataRecord } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import type { InputField } from './field-list.ts'

/** Full name of the record of the topic `indicators`. */
export const INDICATOR_ROW = 'barline.indicators.IndicatorRow'

/** A row of indicators as the fold takes it; one object is refilled for each. Times are UTC epoch milliseconds. */
export type IndicatorInput = {
  symbol: string
  timeframe: Timeframe
  ts: number
  knownAt: number
  tsOpen: number
  /** New shares per old that took effect since the symbol's previous row of this timeframe; 1 = no split. */
  splitFactor: number
  /** The numbers of the fields that views read, in their order; NaN = absent. */
  readonly values: Float64Array
}

/** An input to refill, for rows of which `length` numbers are read. */
export function createIndicatorInput(length: number): IndicatorInput {
  const times = { ts: 0, knownAt: 0, tsOpen: 0 }
  return { symbol: '', timeframe: '1d', ...times, splitFactor: 1, values: new Float64Array(length) }
}

/** Fills `input` from a record; a refusal says what is wrong with the record, and `input` is then of no use. */
export function readIndicatorRow(
  record: DataRecord,
  fields: readonly InputField[],
  input: IndicatorInput,
): Refusal | undefined {
  const { value } = record
  const { symbol, ts, known_at: knownAt, ts_open: tsOpen } = value
  const timeframe = timeframeOf(record)
  if (typeof symbol !== 'string' || symbol === '') return { reason: 'EMPTY_SYMBOL', message: 'symbol is empty' }
  if (symbol !== record.key) return { reason: 'KEY_MISMATCH', message: `symbol is ${symbol}, the key ${record.key}` }
  if (timeframe === undefined) {
    return { reason: 'UNKNOWN_TIMEFRAME', message: `timeframe is ${String(value.timeframe)}` }
  }
  if (!isTime(ts) || !isTime(knownAt) || !isTime(tsOpen)) {
    return { reason: 'NOT_FINITE', message: 'ts, known_at or ts_open is not a time in milliseconds' }
  }
  if (Number.isNaN(rowsLeftOf(record))) {
    return { reason: 'NOT_FINITE', message: `rows_left is ${String(value.rows_left)}, not a number of rows` }
  }
  const split = value.split_factor ?? 1
  if (typeof split !== 'number' || !(split > 0 && Number.isFinite(split))) {
    return { reason: 'BAD_SPLIT_FACTOR', message: `split_factor is ${String(split)}` }
  }
  input.symbol = symbol
  input.timeframe = timeframe
  input.ts = ts
  input.knownAt = knownAt
  input.tsOpen = tsOpen
  input.splitFactor = split
  return readValues(value, fields, input.values)
}

/** The timeframe of a row of indicators; undefined when it names none. */
export function timeframeOf({ value }: DataRecord): Timeframe | undefined {
  const { timeframe } = value
  return typeof timeframe === 'string' ? parseTimeframe(timeframe) : undefined
}

/** How many rows of the record's symbol and time follow it directly; 0 in a record without the field, NaN if it holds no such number. */
export function rowsLeftOf({ value }: DataRecord): number {
  const rowsLeft = value.rows_left ?? 0
  return typeof rowsLeft === 'number' && Number.isSafeInteger(rowsLeft) && rowsLeft >= 0 ? rowsLeft : Number.NaN
}

/** Whether `value` is a moment: a whole number of milliseconds. */
export function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function readValues(
  row: Readonly<Record<string, unknown>>,
  fields: readonly InputField[],
  into: Float64Array,
): Refusal | undefined {
  for (const { name, at, width } of fields) {
    const value = row[name]
    // A record written before the field was has none; that is the same as an absent value.
    if (value === null || value === undefined) {
      for (let index = at; index < at + width; index += 1) into[index] = Number.NaN
    } else if (width === 1) {
      if (!isFiniteNumber(value)) return notFinite(name, value)
      into[at] = value
    } else {
      if (!Array.isArray(value) || value.length !== width) return notFinite(name, value)
      for (let index = 0; index < width; index += 1) {
        const element: unknown = value[index]
        if (!isFiniteNumber(element)) return notFinite(`${name}[${index}]`, element)
        into[at + index] = element
      }
    }
  }
  return undefined
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function notFinite(name: string, value: unknown): Refusal {
  const found = Array.isArray(value) ? `a list of ${value.length} numbers` : String(value)
  return { reason: 'NOT_FINITE', message: `${name} is ${found}, not what the catalog says it is` }
}
