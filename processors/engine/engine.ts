import { createBarInput } from '../indicators/bar.ts'
import { TAPE_BAR, TAPE_EVENT, type TapeBar, type TapeEvent } from '../ingest/tape-record.ts'
import type { Emit, Processor } from '../processor.ts'
import { INDICATORS, indicatorRecord } from './indicator-record.ts'
import {
  applyDueSplits,
  awaitEvent,
  emptySymbolState,
  type Indicators,
  type SymbolState,
  timeframeState,
} from './symbol-state.ts'

/** `indicators`: the engine of the catalog in force, from `createIndicatorEngine`. */
export type EngineOptions = { readonly indicators: Indicators }

/**
 * Stage one: folds the tape of a partition into a row of indicators per bar, each symbol and timeframe by itself, and passes
 * markers on in their place.
 */
export function createEngine({ indicators }: EngineOptions): Processor {
  const symbols = new Map<string, SymbolState>()
  const values = new Float64Array(indicators.columns.length)
  const input = createBarInput(indicators.sideFields.length)

  const stateOf = (symbol: string): SymbolState => {
    const known = symbols.get(symbol)
    if (known) return known
    const fresh = emptySymbolState()
    symbols.set(symbol, fresh)
    return fresh
  }

  // One bar, one row: bars are used in the timeframe they arrive in. Aggregation goes here: the bar, then the bucket of each
  // higher timeframe that it closes, shortest first, every one through the same fold.
  const applyBar = (bar: TapeBar, emit: Emit): void => {
    const symbol = stateOf(bar.symbol)
    applyDueSplits(symbol, bar, indicators)
    const state = timeframeState(symbol, bar.timeframe, indicators)
    const { timeframe, open, high, low, close, volume, ts: tsClose } = bar
    indicators.step(
      state.indicators,
      Object.assign(input, { timeframe, open, high, low, close, volume, tsClose }),
      values,
    )
    state.knownAt = Math.max(state.knownAt, bar.known_at)
    emit.record(indicatorRecord(bar, state.knownAt, state.splitFactor, indicators.columns, values))
    state.splitFactor = null
  }

  return {
    select: (heads) => {
      const index = heads.findIndex(({ record }) => record !== undefined)
      return index < 0 ? undefined : index
    },
    apply(record, emit) {
      if (record.kind === 'marker') emit.marker(INDICATORS, record.marker)
      else if (record.recordName === TAPE_BAR) applyBar(record.value as TapeBar, emit)
      else if (record.recordName === TAPE_EVENT) {
        const event = record.value as TapeEvent
        awaitEvent(stateOf(event.symbol), event)
      } else {
        const message = `${record.topic} carries no ${record.recordName}`
        emit.refuse({ reason: 'UNEXPECTED_RECORD', message })
      }
    },
  }
}
