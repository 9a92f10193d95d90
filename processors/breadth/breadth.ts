import { topicById } from '../../topics/topics.ts'
import { type Closing, createBarriers } from '../fan-in/barriers.ts'
import { eventTime } from '../fan-in/event-time.ts'
import type { FanInOptions, FanInProcessor } from '../fan-in/fan-in.ts'
import { DEFAULT_MAX_BARRIERS_AHEAD, selectFurthestBehind } from '../fan-in/select.ts'
import type { Emit } from '../processor.ts'

const MARKET_STATE = topicById('market-state').id

/**
 * Closes the barriers over all partitions of `indicators` and says so on every partition of `market-state` with a progress
 * marker: all barriers up to its `ts` are closed. Cross-sectional rows will come before the marker that closes theirs;
 * there are none yet, so every barrier closes empty.
 */
export function createBreadth(options: FanInOptions): FanInProcessor {
  const { partitions, grid, maxBarriersAhead = DEFAULT_MAX_BARRIERS_AHEAD } = options
  const barriers = createBarriers(partitions, grid)

  const publish = ({ upTo, knownAt }: Closing, emit: Emit): void => {
    const progress = { kind: 'progress', ts: upTo, known_at: knownAt } as const
    for (let partition = 0; partition < partitions; partition += 1) emit.marker(MARKET_STATE, progress, partition)
  }

  return {
    laggards: barriers.laggards,
    select: (heads) => selectFurthestBehind(heads, barriers, maxBarriersAhead),
    apply(record, emit) {
      const time = eventTime(record)
      if (!time) return emit.refuse({ reason: 'NOT_FINITE', message: 'ts or known_at is not a finite number' })
      for (const closing of barriers.advance(record.partition, time.ts, time.knownAt)) publish(closing, emit)
    },
  }
}
