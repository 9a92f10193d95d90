import { columnName } from './indicator-column.ts'
import type { IndicatorOutput, IndicatorRow } from './indicator-row.ts'
import { TIMEFRAMES } from './timeframe.ts'

/** What a row is computed from beside the bars, as the code has it. */
export type DescribedInputs = {
  readonly dependencies: readonly string[]
  /** Values from outside the series. */
  readonly side: readonly string[]
  /** Whether it is computed over all symbols of a timeframe at once. */
  readonly isCrossSection: boolean
}

/** An output in words. */
export type DescribedOutput = {
  /** `<indicator_id>.<output>`. */
  readonly name: string
  readonly type: string
  readonly unit: string
  readonly range: string
}

/** An indicator in words, for people who did not write it. */
export type IndicatorDescription = {
  readonly id: string
  readonly title: string
  /** Label and text, in the order in which they are read; what a row does not say is left out. */
  readonly facts: readonly (readonly [label: string, text: string])[]
  readonly outputs: readonly DescribedOutput[]
  /** Labels by code of each output that is a state. */
  readonly states: readonly {
    readonly name: string
    readonly labels: readonly (readonly [code: string, label: string])[]
  }[]
}

/** What each unit means. */
const UNITS: Readonly<Record<IndicatorOutput['unit'], string>> = {
  price: 'price, as the bars have it',
  shares: 'shares',
  usd: 'price times shares',
  ratio: 'ratio',
  pct: 'per cent',
  logret: 'log return',
  vol: 'volatility, as a ratio',
  z: 'standard deviations',
  atr: 'multiples of atr_14',
  bp: 'basis points',
  index: 'number without a unit',
  per_musd: 'per million of price times shares',
  flag: '0 or 1',
  code: 'code',
  count: 'count',
  bars: 'bars',
  vec6: 'vector of 6',
  vec8: 'vector of 8',
  vec15: 'vector of 15',
  vec16: 'vector of 16',
}

const SCOPES: Readonly<Record<IndicatorRow['scope'], string>> = {
  symbol: 'one value per symbol and bar',
  universe: 'one value per symbol, among all symbols of the timeframe',
  market: 'one value for the whole market',
  portfolio: 'one value for the portfolio',
}

const MEMORY: Readonly<Record<IndicatorRow['memoryClass'], string>> = {
  finite: 'finite: its window alone decides, whatever bar the series starts at',
  recursive: 'recursive: every earlier bar counts, less and less',
  cumulative: 'cumulative: its level depends on the first bar ever seen',
}

/** Puts a catalog row into words. */
export function describeIndicator(row: IndicatorRow, inputs: DescribedInputs): IndicatorDescription {
  return {
    id: row.id,
    title: row.name,
    facts: factsOf(row, inputs).filter(([, text]) => text !== ''),
    outputs: row.outputs.map(({ name, dtype, unit, min, max }) => ({
      name: columnName(row.id, name),
      type: dtype,
      unit: UNITS[unit],
      range: rangeOf(min, max),
    })),
    states: Object.entries(row.stateSpaces).map(([name, labels]) => ({
      name: columnName(row.id, name),
      labels: Object.entries(labels).sort(([a], [b]) => Number(a) - Number(b)),
    })),
  }
}

function factsOf(row: IndicatorRow, { dependencies, side, isCrossSection }: DescribedInputs): [string, string][] {
  return [
    ['family', row.family],
    ['level and kind', `${row.level} ${row.kind}, version ${row.version}`],
    ['scope', SCOPES[row.scope] + (isCrossSection ? ', computed at barriers over all symbols' : '')],
    ['formula', row.formula],
    ['parameters', Object.entries(row.params).map(parameterText).join(', ')],
    ['timeframes', row.defaultTimeframes.length === TIMEFRAMES.length ? 'all' : row.defaultTimeframes.join(', ')],
    ['first value', firstValue(row)],
    ['memory', MEMORY[row.memoryClass]],
    ['settles', settling(row)],
    [row.level === 'L1' ? 'seed' : 'hysteresis', row.seedingRule === 'none' ? '' : row.seedingRule],
    ['special cases', row.degenerateRule === 'none' ? '' : row.degenerateRule],
    ['no value', row.nullPolicy],
    ['event time', row.alignment.replace('event time = ', '')],
    ['computed from', [...row.inputs, ...dependencies].join(', ')],
    ['from outside', side.join(', ')],
    ['notes', row.notes],
    ['source', row.reference],
    ['checked against', row.oracle === 'none' ? '' : row.oracle],
  ]
}

function parameterText([name, value]: [string, unknown]): string {
  return `${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`
}

function firstValue({ warmupBars }: IndicatorRow): string {
  if (warmupBars === undefined) return 'when the data allows it'
  return warmupBars === 1 ? 'at the first bar' : `at bar ${warmupBars}, the first being 1`
}

function settling({ memoryClass, settleBars }: IndicatorRow): string {
  if (memoryClass === 'finite') return ''
  if (memoryClass === 'cumulative')
    return 'never: only differences of its values compare between series with other starts'
  if (settleBars === undefined) return 'not stated: how long it remembers where a series started depends on the market'
  return `${settleBars} bars after the first value, to 1e-6, whatever bar the series starts at`
}

function rangeOf(min: number | null, max: number | null): string {
  if (min === null && max === null) return 'any'
  if (min === null) return `up to ${max}`
  return max === null ? `from ${min}` : `${min} to ${max}`
}
