import { type BarInput, createBarInput } from '../../processors/indicators/bar.ts'
import type { IndicatorEngine } from '../../processors/indicators/engine.ts'

/** Bars by column, for engines and for libraries that take whole columns. */
export type Series = {
  readonly length: number
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  readonly volume: Float64Array
}

const BARS_PER_SESSION = 7
const MS_PER_HOUR = 3_600_000

/** A random walk around 100 with 1% moves; the same bars at every call. */
export function randomWalk(length: number): Series {
  let seed = 12_345
  const uniform = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32
  }
  const normal = () => (uniform() + uniform() + uniform() + uniform() + uniform() + uniform() - 3) * Math.SQRT2
  const column = () => new Float64Array(length)
  const series = { length, open: column(), high: column(), low: column(), close: column(), volume: column() }
  let last = 100
  for (let index = 0; index < length; index += 1) {
    const open = last * Math.exp(0.002 * normal())
    const close = open * Math.exp(0.01 * normal() - 0.002 * Math.log(open / 100))
    series.open[index] = open
    series.close[index] = close
    series.high[index] = Math.max(open, close) * Math.exp(0.004 * Math.abs(normal()))
    series.low[index] = Math.min(open, close) * Math.exp(-0.004 * Math.abs(normal()))
    series.volume[index] = Math.round(1e5 * Math.exp(0.5 * normal()))
    last = close
  }
  return series
}

/** Folds bars into one state of an engine, over and over the same series; calendar and side values are there. */
export type Fold = {
  /** Folds the next `count` bars. */
  run(count: number): void
}

export function createFold(engine: IndicatorEngine, series: Series): Fold {
  const state = engine.createState()
  const out = new Float64Array(engine.columns.length)
  const input = createBarInput(engine.sideFields.length)
  input.side.forEach((_, field) => {
    input.side[field] = 100 + (field % 13)
  })
  const benchmark = engine.sideFields.indexOf('benchmark.close')
  let folded = 0
  return {
    run(count) {
      for (const end = folded + count; folded < end; folded += 1) {
        fill(input, series, folded)
        if (benchmark >= 0) input.side[benchmark] = 100 + (folded % 13)
        engine.step(state, input, out)
      }
    },
  }
}

function fill(input: BarInput, series: Series, index: number): void {
  const place = index % series.length
  const ordinal = Math.floor(index / BARS_PER_SESSION)
  const bar = index % BARS_PER_SESSION
  input.open = series.open[place] ?? Number.NaN
  input.high = series.high[place] ?? Number.NaN
  input.low = series.low[place] ?? Number.NaN
  input.close = series.close[place] ?? Number.NaN
  input.volume = series.volume[place] ?? Number.NaN
  input.tsClose = (index + 1) * MS_PER_HOUR
  input.session.ordinal = ordinal
  input.session.bar = bar
  input.session.openMs = input.tsClose - (bar + 1) * MS_PER_HOUR
  input.session.closeMs = input.session.openMs + BARS_PER_SESSION * MS_PER_HOUR
  input.session.dayOfWeek = ordinal % 5
}
