import { loadIndicatorCatalog } from '../../catalog/indicators.ts'
import { createIndicatorEngine } from '../../processors/indicators/engine.ts'
import { nanosecondsPerBar, type Timing, timeOfAddition, timingOf } from './measure.ts'
import { createFold, randomWalk } from './series.ts'

/** Cost of all rows of L1 together after `bars` bars of one series. */
export type FullCost = { readonly bars: number; readonly timing: Timing }

export type FullReport = {
  readonly rows: number
  readonly columns: number
  readonly stateKib: number
  readonly addition: Timing
  readonly costs: readonly FullCost[]
}

const SLICE = 500
const SLICES = 100

/** Measures the bars that follow the first 1k, 10k, ... of a series: the time of a bar must not grow with their number. */
export function measureFull(longest: number): FullReport {
  const rows = loadIndicatorCatalog()
  const engine = createIndicatorEngine(rows)
  const series = randomWalk(4096)
  // Another state, so that the compiler is done before the first bar that counts.
  createFold(engine, series).run(50_000)
  const costs: FullCost[] = []
  for (let bars = 1000; bars <= longest; bars *= 10) {
    // Never further than half as many bars again: of short series several are measured.
    const slicesOfEach = Math.min(SLICES, bars / SLICE / 2)
    const times: number[] = []
    while (times.length < SLICES) {
      const fold = createFold(engine, series)
      fold.run(bars)
      for (let slice = 0; slice < slicesOfEach; slice += 1) times.push(nanosecondsPerBar(fold.run, SLICE))
    }
    costs.push({ bars, timing: timingOf(times) })
  }
  const stateKib = (engine.stateLength * 8) / 1024
  return { rows: rows.length, columns: engine.columns.length, stateKib, addition: timeOfAddition(), costs }
}
