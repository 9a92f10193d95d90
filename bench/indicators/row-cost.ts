import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { loadIndicatorCatalog } from '../../catalog/indicators.ts'
import { createIndicatorEngine, indicatorDependencies } from '../../processors/indicators/engine.ts'
import { timeInTurn, type Workload } from './measure.ts'
import { PEERS, type SignalsLibrary } from './peers.ts'
import { createFold, randomWalk, type Series } from './series.ts'

/** Best nanoseconds a bar of one row alone. */
export type RowCost = {
  /** Of an engine of the row and of what it depends on. */
  readonly engine: number
  /** Of the indicator of trading-signals, where there is one. */
  readonly signals?: number
}

/** Best nanoseconds a bar of an engine without rows: checks, shared series, the logarithm of the return. */
export function measureEmpty(): number {
  return timeInTurn({ empty: createFold(createIndicatorEngine([]), randomWalk(4096)).run }).empty.best
}

/**
 * Measures a row in this process, which should do nothing else: code that has run other rows is slower. `signals` is the place of
 * trading-signals' main module, if it is there.
 */
export async function measureRow(id: string, signals?: string): Promise<RowCost> {
  const series = randomWalk(4096)
  const rows = withDependencies(id, loadIndicatorCatalog())
  const alone = createFold(createIndicatorEngine(rows), series)
  const workloads: Record<string, Workload> = { engine: alone.run }
  const peer = PEERS[id]?.signals
  if (signals !== undefined && peer !== undefined) {
    const library = (await import(signals)) as unknown as SignalsLibrary
    const indicator = peer.create(library)
    workloads.signals = feedPeer((input) => indicator.add(input), inputsOf(series, peer.feed))
  }
  const times = timeInTurn(workloads)
  return { engine: times.engine?.best ?? Number.NaN, ...(times.signals && { signals: times.signals.best }) }
}

function withDependencies(id: string, catalog: readonly IndicatorRow[]): readonly IndicatorRow[] {
  const needed = new Set([id])
  // The set grows while it is walked.
  for (const each of needed) {
    const row = catalog.find((candidate) => candidate.id === each)
    if (row === undefined) throw new Error(`The catalog has no row ${each}`)
    for (const dependency of indicatorDependencies(row)) needed.add(dependency)
  }
  return catalog.filter((row) => needed.has(row.id))
}

/** One object a candle: trading-signals keeps them in its windows. */
function inputsOf(series: Series, feed: 'candle' | 'close' | 'volume'): readonly unknown[] {
  if (feed !== 'candle') return Array.from(series[feed])
  return Array.from(series.close, (close, index) => ({
    open: series.open[index],
    high: series.high[index],
    low: series.low[index],
    close,
    volume: series.volume[index],
  }))
}

function feedPeer(add: (input: unknown) => unknown, inputs: readonly unknown[]): Workload {
  let fed = 0
  return (count) => {
    for (const end = fed + count; fed < end; fed += 1) add(inputs[fed % inputs.length])
  }
}
