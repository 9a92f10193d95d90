import { topicById } from '../../topics/topics.ts'
import {
  emptyText,
  instrumentRules,
  notAboveZero,
  notFinite,
  notFiniteOrNull,
  notInOrder,
  notKnownAhead,
} from './check.ts'
import { keptInSeries } from './kept-in-series.ts'
import { defineKind } from './record-kind.ts'
import { MARKET_SYMBOL, TAPE_POSITION, type TapePosition } from './tape-record.ts'

/** A position of `market.portfolio` that is sound in itself. */
type RawPosition = {
  readonly symbol: string
  readonly portfolio: string
  readonly effective_at: number
  readonly known_at: number
  readonly quantity: number
  readonly price: number | null
  readonly equity: number | null
  readonly average_entry: number | null
  readonly flow: number | null
}

const nullable = ['price', 'equity', 'average_entry', 'flow'] as const
const kept = keptInSeries<RawPosition, TapePosition>({
  seriesOf: ({ portfolio, symbol }) => `position ${JSON.stringify([portfolio, symbol])}`,
  what: ({ portfolio, symbol }) => `${symbol} position of ${portfolio}`,
  time: 'effective_at',
  tapeTime: 'ts',
  fields: ['quantity', ...nullable],
})

/**
 * Snapshots of positions: market-wide, since exposures need all of them, and strictly increasing in time per portfolio and
 * symbol. On the tape they are keyed by the market: a symbol's own bars must not make the copies of partitions differ.
 */
export const positionKind = defineKind<RawPosition, TapePosition>({
  topic: topicById('market.portfolio').id,
  recordName: 'barline.market.PortfolioPosition',
  tapeRecordName: TAPE_POSITION,
  nullable,
  formRules: [
    ...instrumentRules,
    ['EMPTY_KEY', (value) => emptyText(value, 'portfolio')],
    ['NOT_FINITE', (value) => notFinite(value, ['effective_at', 'known_at', 'quantity'])],
    ['NOT_FINITE', (value) => notFiniteOrNull(value, nullable)],
  ],
  rules: [
    ['NEGATIVE_PRICE', (position) => notAboveZero(position, ['price', 'average_entry'])],
    ['TIMES_OUT_OF_ORDER', ({ effective_at, known_at }) => notInOrder({ effective_at, known_at })],
    notKnownAhead,
  ],
  keyOf: () => MARKET_SYMBOL,
  place: kept.place,
  toTape: (position, stamp) => ({
    symbol: position.symbol,
    portfolio: position.portfolio,
    ts: position.effective_at,
    ...stamp,
    quantity: position.quantity,
    price: position.price,
    equity: position.equity,
    average_entry: position.average_entry,
    flow: position.flow,
  }),
  take: kept.take,
})
