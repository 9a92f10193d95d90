import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import { createBarInput } from '../../indicators/bar.ts'
import { createIndicatorEngine, indicatorDependencies } from '../../indicators/engine.ts'
import { read } from '../../indicators/ring.ts'
import type { CrossDefinition } from '../definition.ts'
import { BAR_FIELDS } from '../member-row.ts'

/** The only thing that these rows read from outside of a symbol's own bars. */
const BENCHMARK_CLOSE = 'benchmark.close'

/**
 * Rows measured against the symbol's benchmark: the indicator of stage one, fed with the close of the benchmark's row at the same
 * barrier. It counts the symbol's own bars; a barrier at which the benchmark has no row leaves that bar without a pair.
 */
export const benchmarkRows: CrossDefinition = {
  ids: ['beta_market_60', 'market_resid_v1'],
  plan(row, catalog) {
    const engine = createIndicatorEngine(withDependencies(row, catalog))
    const unknown = engine.sideFields.filter((field) => field !== BENCHMARK_CLOSE)
    if (unknown.length > 0) throw new Error(`Indicator ${row.id} reads ${unknown.join(', ')}, which breadth has not`)
    return {
      outputs: row.outputs.map(({ name }) => name),
      warmupBars: row.warmupBars,
      reads: BAR_FIELDS,
      bind(slice) {
        const [open, high, low, close, volume] = BAR_FIELDS.map((name) => slice.field(name))
        const bar = (values: Float64Array, field = -1): number => read(values, field)
        const offset = slice.symbolSlots('engine', engine.stateLength)
        const own = engine.columns.flatMap(({ indicatorId, output }, at) =>
          indicatorId === row.id ? [{ at, column: slice.column(output) }] : [],
        )
        const input = createBarInput(engine.sideFields.length)
        const out = new Float64Array(engine.columns.length)
        return {
          step(_state, section, { universe }) {
            for (const [place, member] of section.members.entries()) {
              const { values, splitFactor, symbol, ts } = member
              const state = section.stateOf(symbol).subarray(offset, offset + engine.stateLength)
              if (splitFactor !== 1) engine.rescale(state, splitFactor)
              input.side.fill(section.benchmarkClose(member))
              Object.assign(input, {
                timeframe: section.timeframe,
                open: bar(values, open),
                high: bar(values, high),
                low: bar(values, low),
                close: bar(values, close),
                volume: bar(values, volume),
                tsClose: ts,
              })
              engine.step(state, input, out)
              for (const { at, column } of own) {
                const results = universe[column]
                if (results !== undefined) results[place] = read(out, at)
              }
            }
          },
        }
      },
    }
  },
}

function withDependencies(row: IndicatorRow, catalog: readonly IndicatorRow[]): readonly IndicatorRow[] {
  const wanted = new Map([[row.id, row]])
  // A map's iterator goes on to what is added behind it.
  for (const one of wanted.values()) {
    for (const id of indicatorDependencies(one)) {
      const dependency = catalog.find((other) => other.id === id)
      if (dependency !== undefined) wanted.set(id, dependency)
    }
  }
  return [...wanted.values()]
}
