/**
 * Speed of the indicator engine on one core: bars per second for all columns of the L1 catalog, for SMA(20) alone, and their
 * ratio; once with one symbol (state in cache) and once with 2,000 symbols in turn (state from memory).
 * Run: `node_modules/.bin/tsx bench/engine.ts [millions of bars, default 1]`.
 */
import { loadIndicatorCatalog } from '../catalog/indicators.ts'
import { createBarInput } from '../processors/indicators/bar.ts'
import { createIndicatorEngine, type IndicatorEngine } from '../processors/indicators/engine.ts'

const PATTERN_LENGTH = 4096
const REPEATS = 5
const bars = Math.round(Number(process.argv[2] ?? 1) * 1e6)
const closes = Float64Array.from(
  { length: PATTERN_LENGTH },
  (_, index) => 100 + 10 * Math.sin(index / 37) + (index % 7),
)
const catalog = loadIndicatorCatalog()
const all = createIndicatorEngine(catalog)
const baseline = createIndicatorEngine(catalog.filter(({ id }) => id === 'sma_20'))

console.log(`node ${process.version}, ${bars} bars, best of ${REPEATS}`)
console.log(`state ${all.stateLength} slots (${(all.stateLength * 8) / 1024} KiB), ${all.columns.length} columns`)
for (const symbols of [1, 2000]) {
  const full = barsPerSecond(all, symbols)
  const single = barsPerSecond(baseline, symbols)
  console.log(
    `${symbols} symbol(s): all columns ${format(full)} bars/s/core (${format(full * all.columns.length)} values/s), ` +
      `sma_20 alone ${format(single)} bars/s/core, ratio ${(single / full).toFixed(1)}`,
  )
}

/** Best of several runs, the first one of which warms the compiler up; by CPU time, as other programs may share the core. */
function barsPerSecond(engine: IndicatorEngine, symbols: number): number {
  const rates = Array.from({ length: REPEATS + 1 }, () => {
    const states = Array.from({ length: symbols }, () => engine.createState())
    const started = process.cpuUsage()
    fold(engine, states)
    const { user, system } = process.cpuUsage(started)
    return bars / ((user + system) / 1e6)
  })
  return Math.max(...rates.slice(1))
}

function fold(engine: IndicatorEngine, states: readonly Float64Array[]): void {
  const out = new Float64Array(engine.columns.length)
  const input = createBarInput(engine.sideFields.length)
  for (let bar = 0; bar < bars; ) {
    for (const state of states) {
      const close = closes[bar % PATTERN_LENGTH] ?? 100
      input.open = close - 0.5
      input.high = close + 1
      input.low = close - 1
      input.close = close
      input.volume = 1000 + (bar % 97)
      engine.step(state, input, out)
      bar += 1
    }
  }
}

function format(rate: number): string {
  return Math.round(rate).toLocaleString('en-US')
}
