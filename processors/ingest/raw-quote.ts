import { topicById } from '../../topics/topics.ts'
import { instrumentRules, notAboveZero, notFinite, notInOrder, notKnownAhead } from './check.ts'
import { keptInSeries } from './kept-in-series.ts'
import { defineKind } from './record-kind.ts'
import { TAPE_QUOTE, type TapeQuote } from './tape-record.ts'

/** A quote of `market.quotes` that is sound in itself. A locked market (bid = ask) is. */
type RawQuote = {
  readonly symbol: string
  readonly effective_at: number
  readonly known_at: number
  readonly bid: number
  readonly ask: number
  readonly bid_size: number
  readonly ask_size: number
}

const numbers = ['bid', 'ask', 'bid_size', 'ask_size'] as const

const kept = keptInSeries<RawQuote, TapeQuote>({
  seriesOf: () => 'quote',
  what: () => 'quote',
  time: 'effective_at',
  tapeTime: 'ts',
  fields: numbers,
})

/** Best bid and ask: strictly increasing in time per symbol. */
export const quoteKind = defineKind<RawQuote, TapeQuote>({
  topic: topicById('market.quotes').id,
  recordName: 'barline.market.Quote',
  tapeRecordName: TAPE_QUOTE,
  nullable: [],
  formRules: [
    ...instrumentRules,
    ['NOT_FINITE', (value) => notFinite(value, ['effective_at', 'known_at', ...numbers])],
  ],
  rules: [
    ['NEGATIVE_PRICE', (quote) => notAboveZero(quote, ['bid', 'ask'])],
    [
      'NEGATIVE_SIZE',
      ({ bid_size, ask_size }) =>
        bid_size < 0 || ask_size < 0 ? `bid_size is ${bid_size}, ask_size ${ask_size}` : undefined,
    ],
    ['CROSSED_QUOTE', ({ bid, ask }) => (ask < bid ? `ask ${ask} is below bid ${bid}` : undefined)],
    ['TIMES_OUT_OF_ORDER', ({ effective_at, known_at }) => notInOrder({ effective_at, known_at })],
    notKnownAhead,
  ],
  keyOf: ({ symbol }) => symbol,
  place: kept.place,
  toTape: (quote, stamp) => ({
    symbol: quote.symbol,
    ts: quote.effective_at,
    ...stamp,
    bid: quote.bid,
    ask: quote.ask,
    bid_size: quote.bid_size,
    ask_size: quote.ask_size,
  }),
  take: kept.take,
})
