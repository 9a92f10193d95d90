import { parseTimeframe, type Timeframe } from '../../catalog/timeframe.ts'
import type { DataRecord } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import { aheadOfLog, type Checked, firstBroken, identityRules, iso, notFinite, type Rule } from './check.ts'

/** A bar of `market.bars` that is sound in itself; whether it fits the tape is another matter. */
export type RawBar = {
  readonly symbol: string
  readonly timeframe: Timeframe
  readonly ts_open: number
  readonly ts_close: number
  readonly known_at: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

const numbers = ['ts_open', 'ts_close', 'known_at', 'open', 'high', 'low', 'close', 'volume'] as const

const formRules: readonly Rule<Readonly<Record<string, unknown>>>[] = [
  ...identityRules,
  [
    'UNKNOWN_TIMEFRAME',
    ({ timeframe }) =>
      typeof timeframe === 'string' && parseTimeframe(timeframe) !== undefined
        ? undefined
        : `The timeframe is ${JSON.stringify(timeframe)}`,
  ],
  ['NOT_FINITE', (value) => notFinite(value, numbers)],
]

const barRules: readonly Rule<RawBar>[] = [
  // Finite each, yet the engine adds them up, and an overflow would stay in its recursive state for good.
  [
    'NOT_FINITE',
    ({ open, high, low, close, volume }) =>
      Number.isFinite(Math.abs(open) + Math.abs(high) + Math.abs(low) + Math.abs(close) + Math.abs(volume))
        ? undefined
        : 'The sum of prices and volume overflows',
  ],
  // Zero too: it is how sources fill a bar without a trade, and it is no price.
  [
    'NEGATIVE_PRICE',
    ({ open, high, low, close }) =>
      Math.min(open, high, low, close) > 0
        ? undefined
        : `A price must be above zero: open ${open}, high ${high}, low ${low}, close ${close}`,
  ],
  ['HIGH_BELOW_LOW', ({ high, low }) => (high < low ? `high ${high} is below low ${low}` : undefined)],
  ['OPEN_OUTSIDE_RANGE', ({ open, high, low }) => outside('open', open, low, high)],
  ['CLOSE_OUTSIDE_RANGE', ({ close, high, low }) => outside('close', close, low, high)],
  ['NEGATIVE_VOLUME', ({ volume }) => (volume < 0 ? `volume is ${volume}` : undefined)],
  [
    'TIMES_OUT_OF_ORDER',
    ({ ts_open, ts_close, known_at }) =>
      ts_open < ts_close && ts_close <= known_at
        ? undefined
        : `Not in order: ts_open ${iso(ts_open)}, ts_close ${iso(ts_close)}, known_at ${iso(known_at)}`,
  ],
  ['FUTURE_TIME', ({ ts_close, known_at }, { timestamp }) => aheadOfLog({ ts_close, known_at }, timestamp)],
]

/**
 * Checks what a raw bar says by itself, in a fixed order, so that a bar with several faults always has the same reason.
 * `reportsVolume` says of which symbols a price cannot move without volume.
 */
export function checkBar(record: DataRecord, reportsVolume: (symbol: string) => boolean): Checked<RawBar> {
  const malformed = firstBroken(formRules, record.value, record)
  if (malformed) return { refusal: malformed }
  const bar = record.value as RawBar
  const refusal = firstBroken(barRules, bar, record) ?? volumeMissing(bar, reportsVolume)
  return refusal ? { refusal } : { taken: bar }
}

/** A bar without a trade is flat, so zero volume beside a moved price is a volume that the source lost. */
function volumeMissing(
  { symbol, ts_close, high, low, volume }: RawBar,
  reportsVolume: (symbol: string) => boolean,
): Refusal | undefined {
  if (volume > 0 || high === low || !reportsVolume(symbol)) return undefined
  const message = `The ${symbol} bar closing ${iso(ts_close)} moved from low ${low} to high ${high} with volume 0, and its source reports volume`
  return { reason: 'VOLUME_MISSING', message }
}

function outside(name: string, price: number, low: number, high: number): string | undefined {
  return price < low || price > high ? `${name} ${price} is outside low ${low} to high ${high}` : undefined
}
