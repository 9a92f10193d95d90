import { parseTimeframe, type Timeframe } from '../../catalog/timeframe.ts'
import { topicById } from '../../topics/topics.ts'
import { aheadOfLog, instrumentRules, iso, notAboveZero, notFinite } from './check.ts'
import { keptInSeries } from './kept-in-series.ts'
import { defineKind } from './record-kind.ts'
import { TAPE_BAR, type TapeBar } from './tape-record.ts'

/** A bar of `market.bars` that is sound in itself; whether it fits the tape is another matter. */
type RawBar = {
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

const kept = keptInSeries<RawBar, TapeBar>({
  seriesOf: ({ timeframe }) => timeframe,
  what: ({ timeframe }) => `${timeframe} bar`,
  time: 'ts_close',
  tapeTime: 'ts',
  fields: ['open', 'high', 'low', 'close', 'volume', 'ts_open'],
})

/** Bars: strictly increasing in their close per symbol and timeframe, and not behind the clock by more than the grace. */
export const barKind = defineKind<RawBar, TapeBar>({
  topic: topicById('market.bars').id,
  recordName: 'barline.market.Bar',
  tapeRecordName: TAPE_BAR,
  nullable: [],
  formRules: [
    ...instrumentRules,
    [
      'UNKNOWN_TIMEFRAME',
      ({ timeframe }) =>
        typeof timeframe === 'string' && parseTimeframe(timeframe) !== undefined
          ? undefined
          : `The timeframe is ${JSON.stringify(timeframe)}`,
    ],
    ['NOT_FINITE', (value) => notFinite(value, numbers)],
  ],
  rules: [
    // Finite each, yet the engine adds them up, and an overflow would stay in its recursive state for good.
    [
      'NOT_FINITE',
      ({ open, high, low, close, volume }) =>
        Number.isFinite(Math.abs(open) + Math.abs(high) + Math.abs(low) + Math.abs(close) + Math.abs(volume))
          ? undefined
          : 'The sum of prices and volume overflows',
    ],
    // Zero too: it is how sources fill a bar without a trade, and it is no price.
    ['NEGATIVE_PRICE', (bar) => notAboveZero(bar, ['open', 'high', 'low', 'close'])],
    ['HIGH_BELOW_LOW', ({ high, low }) => (high < low ? `high ${high} is below low ${low}` : undefined)],
    ['OPEN_OUTSIDE_RANGE', ({ open, high, low }) => outside('open', open, low, high)],
    ['CLOSE_OUTSIDE_RANGE', ({ close, high, low }) => outside('close', close, low, high)],
    ['NEGATIVE_VOLUME', ({ volume }) => (volume < 0 ? `volume is ${volume}` : undefined)],
    ['TIMES_OUT_OF_ORDER', timesOutOfOrder],
    ['FUTURE_TIME', ({ ts_close, known_at }, { timestamp }) => aheadOfLog({ ts_close, known_at }, timestamp)],
    ['VOLUME_MISSING', (bar, _, { reportsVolume }) => (reportsVolume(bar.symbol) ? volumeMissing(bar) : undefined)],
  ],
  keyOf: ({ symbol }) => symbol,
  // What the tape remembers is asked before the clock: the repeat of an accepted bar is a duplicate, and a change of one a
  // revision, however late it comes. A change of `known_at` alone is no revision: the bar says the same.
  place(known, bar, { graceMs }, newestMarkerTs) {
    const repeat = kept.placeRepeat(known, bar)
    if (repeat) return repeat
    if (bar.ts_close + graceMs >= newestMarkerTs) return kept.place(known, bar)
    const marker = `the newest clock marker is ${iso(newestMarkerTs)}, the grace ${graceMs} ms`
    return { reason: 'LATE', message: `ts_close ${iso(bar.ts_close)} is past: ${marker}` }
  },
  toTape: (bar, stamp) => ({
    symbol: bar.symbol,
    timeframe: bar.timeframe,
    ts: bar.ts_close,
    ts_open: bar.ts_open,
    ...stamp,
    open: bar.open,
    high: bar.high,
    low: bar.low,
    close: bar.close,
    volume: bar.volume,
  }),
  take(known, bar) {
    kept.take(known, bar)
    known.newestBarTs = Math.max(known.newestBarTs, bar.ts)
    for (const [split, actsFrom] of known.waitingSplits) if (actsFrom <= bar.ts) known.waitingSplits.delete(split)
  },
})

function timesOutOfOrder({ ts_open, ts_close, known_at }: RawBar): string | undefined {
  return ts_open < ts_close && ts_close <= known_at
    ? undefined
    : `Not in order: ts_open ${iso(ts_open)}, ts_close ${iso(ts_close)}, known_at ${iso(known_at)}`
}

/** A bar without a trade is flat, so zero volume beside a moved price is a volume that the source lost. */
function volumeMissing({ symbol, ts_close, high, low, volume }: RawBar): string | undefined {
  if (volume > 0 || high === low) return undefined
  return `The ${symbol} bar closing ${iso(ts_close)} moved from low ${low} to high ${high} with volume 0, and its source reports volume`
}

function outside(name: string, price: number, low: number, high: number): string | undefined {
  return price < low || price > high ? `${name} ${price} is outside low ${low} to high ${high}` : undefined
}
