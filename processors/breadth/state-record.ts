import { topicById } from '../../topics/topics.ts'
import { MARKET_STATE_ROW, UNIVERSE_STATE_ROW } from '../features/market-state.ts'
import type { OutputRecord } from '../processor.ts'
import type { CrossSectionPlan } from './plan.ts'
import type { Outcome } from './timeframe-fold.ts'

/** The topic that breadth writes. */
export const MARKET_STATE = topicById('market-state').id

/** Key of the records that are about no symbol. */
const ALL_SYMBOLS = '*'

/**
 * The records of a barrier: that of the market on every partition, then one a member on the partition that its rows are on. NaN is
 * null. `knownAt` is when the barrier could first have been known, UTC epoch milliseconds.
 */
export function* stateRecords(
  plan: CrossSectionPlan,
  { section, results }: Outcome,
  knownAt: number,
  partitions: number,
): Generator<OutputRecord> {
  const { timeframe, ts, members, universeSize } = section
  const barrier = { timeframe, ts, known_at: knownAt }
  const market: Record<string, unknown> = {
    ...barrier,
    members: members.length,
    coverage: members.length / universeSize,
  }
  for (const [column, field] of plan.market.entries()) market[field] = orNull(results.market[column])
  for (let partition = 0; partition < partitions; partition += 1) {
    yield record(ALL_SYMBOLS, MARKET_STATE_ROW, market, ts, partition)
  }
  for (const [place, { symbol, partition }] of members.entries()) {
    const value: Record<string, unknown> = { symbol, ...barrier }
    for (const [column, field] of plan.universe.entries()) value[field] = orNull(results.universe[column]?.[place])
    yield record(symbol, UNIVERSE_STATE_ROW, value, ts, partition)
  }
}

function record(
  key: string,
  recordName: string,
  value: Readonly<Record<string, unknown>>,
  timestamp: number,
  partition: number,
): OutputRecord {
  return { topic: MARKET_STATE, key, recordName, value, timestamp, partition }
}

function orNull(value = Number.NaN): number | null {
  return Number.isNaN(value) ? null : value
}
