import { loadMarket } from '../../../../catalog/market.ts'
import type { FeatureHistory } from '../../../../serve/features/feature-history.ts'
import { createFeatureService } from '../../../../serve/features/feature-service.ts'
import { createOnlineView } from '../../../../serve/features/online-view.ts'
import type { ServedRow } from '../../../../serve/features/served-row.ts'
import type { StoredOffsets } from '../../../../serve/features/stored-offsets.ts'
import { type RowFacts, rowOf, view } from './rows.ts'

const market = loadMarket()
/** The close of the session of Monday, 6 January 2020. */
export const monday = Date.UTC(2020, 0, 6, 21)

const allStored: StoredOffsets = {
  of: async () => [],
  reach: async () => undefined,
  reachEnd: async () => undefined,
}

/** A service over these rows in memory and those of a history; `asked` collects what the history was asked for. */
export function serviceOf(
  facts: readonly RowFacts[],
  options: { rowsPerSymbol?: number; history?: readonly ServedRow[]; stored?: StoredOffsets } = {},
) {
  const { rowsPerSymbol = 10, history: kept = [], stored = allStored } = options
  const online = createOnlineView({ rowsPerSymbol, graceMs: 60_000 })
  for (const each of facts) online.takeRow(rowOf(each))
  const asked: string[] = []
  const unused = () => Promise.reject(new Error('not asked for here'))
  const history: FeatureHistory = {
    view,
    table: { name: 'features_core_pack_1d' } as FeatureHistory['table'],
    asOf: async (points) => {
      asked.push(...points.map(({ symbol }) => symbol))
      return points.map(({ symbol, asOf }) => kept.findLast((row) => row.symbol === symbol && row.knownAt <= asOf))
    },
    range: unused,
    newest: unused,
    beforeEpoch: unused,
  }
  const service = createFeatureService({
    views: [{ view, online, history }],
    stored,
    partitionOf: (symbol) => (symbol === 'GOOG' ? 1 : 0),
    calendarOf: market.calendarOf,
    listed: new Set(['GOOG']),
    maxSymbols: 3,
  })
  return { service, asked, online }
}
