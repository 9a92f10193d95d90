import { topicById } from '../../topics/topics.ts'
import { emptyText, instrumentRules, notFinite, notFiniteOrNull, notInOrder, notKnownAhead } from './check.ts'
import { keptInSeries } from './kept-in-series.ts'
import { defineKind } from './record-kind.ts'
import { placeRestatable } from './series.ts'
import { TAPE_FUNDAMENTAL, type TapeFundamental } from './tape-record.ts'

/** A figure of `market.fundamentals` that is sound in itself. */
type RawFundamental = {
  readonly symbol: string
  readonly item: string
  readonly period_end: number
  readonly effective_at: number
  readonly known_at: number
  readonly value: number | null
  readonly unit: string | null
  readonly source: string | null
}

const kept = keptInSeries<RawFundamental, TapeFundamental>({
  seriesOf: ({ item }) => `fundamental ${item}`,
  what: ({ item }) => item,
  time: 'period_end',
  tapeTime: 'period_end',
  fields: ['value', 'unit'],
  rule: placeRestatable,
})

/** Reported figures: of each item and period one version after another; another filing that says the same is a repeat. */
export const fundamentalKind = defineKind<RawFundamental, TapeFundamental>({
  topic: topicById('market.fundamentals').id,
  recordName: 'barline.market.Fundamental',
  tapeRecordName: TAPE_FUNDAMENTAL,
  nullable: ['value', 'unit', 'source'],
  formRules: [
    ...instrumentRules,
    ['EMPTY_KEY', (value) => emptyText(value, 'item')],
    ['NOT_FINITE', (value) => notFinite(value, ['period_end', 'effective_at', 'known_at'])],
    ['NOT_FINITE', (value) => notFiniteOrNull(value, ['value'])],
  ],
  rules: [
    ['TIMES_OUT_OF_ORDER', ({ period_end, effective_at }) => notInOrder({ period_end, effective_at })],
    notKnownAhead,
  ],
  keyOf: ({ symbol }) => symbol,
  place: kept.place,
  toTape: (figure, stamp) => ({
    symbol: figure.symbol,
    item: figure.item,
    period_end: figure.period_end,
    ts: figure.effective_at,
    ...stamp,
    value: figure.value,
    unit: figure.unit,
    source: figure.source,
  }),
  take: kept.take,
})
