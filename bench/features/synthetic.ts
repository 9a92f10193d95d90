import { contractHeaders } from '../../catalog/contract.ts'
import { loadMarket } from '../../catalog/market.ts'
import { loadResolvedViews, type ResolvedView } from '../../catalog/views.ts'
import { createFeatureHistory } from '../../serve/features/feature-history.ts'
import { createFeatureService, type FeatureService } from '../../serve/features/feature-service.ts'
import { createOnlineView, type OnlineView } from '../../serve/features/online-view.ts'
import { tablesIn } from '../../serve/features/open-feature-service.ts'
import { createRowReader } from '../../serve/features/served-row.ts'
import { openClickHouse } from '../../sink/clickhouse-client.ts'

/** Symbols of the bench. */
export const symbols = Array.from({ length: 100 }, (_, at) => `SYM${at}`)

/** Rows kept of each symbol. */
export const rowsPerSymbol = 64

const FIRST_CLOSE = Date.UTC(2020, 0, 2, 21)
const DAY_MS = 86_400_000

/** The daily view, which every pack is served on. */
export function dailyView(): ResolvedView {
  const view = loadResolvedViews().find(({ timeframe }) => timeframe === '1d')
  if (view === undefined) throw new RangeError('No daily view')
  return view
}

/** Close of row `at`, UTC epoch milliseconds. */
export const closeOf = (at: number): number => FIRST_CLOSE + at * DAY_MS

/** A service over rows that no market made, and a function that adds one more row to every symbol. */
export function syntheticService(view: ResolvedView): {
  service: FeatureService
  online: OnlineView
  addRows: () => void
} {
  const online = createOnlineView({ rowsPerSymbol, graceMs: 60_000 })
  const read = createRowReader(view)
  const headers = contractHeaders(view)
  let rows = 0
  const addRows = (): void => {
    const ts = closeOf(rows)
    for (const [at, symbol] of symbols.entries()) {
      const values = Object.fromEntries(
        view.features.map(({ id, dtype }, place) => [id, sampleOf(dtype, rows + at * 7 + place)]),
      )
      const value = { symbol, timeframe: view.timeframe, ts, known_at: ts, fill_rate: 0.9, ...values }
      const place = {
        topic: view.topic,
        partition: at % 4,
        offset: rows * symbols.length + at,
        timestamp: ts,
        key: symbol,
      }
      online.takeRow(read({ kind: 'data', ...place, recordName: view.record, headers, value }))
    }
    for (let partition = 0; partition < 4; partition += 1)
      online.takeMarker(partition, { ts: ts + 60_001, known_at: ts + 60_001 })
    rows += 1
  }
  for (let at = 0; at < rowsPerSymbol; at += 1) addRows()
  const client = openClickHouse({ url: 'http://127.0.0.1:1' })
  const service = createFeatureService({
    views: [{ view, online, history: createFeatureHistory(client, view, tablesIn('bench')) }],
    stored: { of: async () => [], reach: async () => undefined, reachEnd: async () => undefined },
    partitionOf: (symbol) => symbols.indexOf(symbol) % 4,
    calendarOf: loadMarket().calendarOf,
    listed: new Set(),
  })
  return { service, online, addRows }
}

function sampleOf(dtype: string, seed: number): unknown {
  const value = Math.fround(Math.sin(seed) * 100)
  if (dtype === 'bool') return seed % 2 === 0
  if (dtype === 'int8') return seed % 3
  return dtype.endsWith(']') ? Array.from({ length: 16 }, (_, at) => Math.fround(value + at)) : value
}
