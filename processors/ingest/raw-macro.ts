import { topicById } from '../../topics/topics.ts'
import { emptyText, keyedBy, notFinite, notFiniteOrNull, notInOrder, notKnownAhead } from './check.ts'
import { keptInSeries } from './kept-in-series.ts'
import { defineKind } from './record-kind.ts'
import { placeRestatable } from './series.ts'
import { TAPE_MACRO, type TapeMacro } from './tape-record.ts'

/** A value of `market.macro` that is sound in itself. */
type RawMacro = {
  readonly series: string
  readonly period_end: number
  readonly effective_at: number
  readonly known_at: number
  readonly value: number | null
  readonly unit: string | null
}

const kept = keptInSeries<RawMacro, TapeMacro>({
  seriesOf: () => 'macro',
  what: ({ series }) => series,
  time: 'period_end',
  tapeTime: 'period_end',
  fields: ['value', 'unit'],
  rule: placeRestatable,
})

/** Macro series: market-wide, keyed by series; of each period one version after another. */
export const macroKind = defineKind<RawMacro, TapeMacro>({
  topic: topicById('market.macro').id,
  recordName: 'barline.market.MacroObservation',
  tapeRecordName: TAPE_MACRO,
  nullable: ['value', 'unit'],
  formRules: [
    ['EMPTY_KEY', (value) => emptyText(value, 'series')],
    keyedBy('series'),
    ['NOT_FINITE', (value) => notFinite(value, ['period_end', 'effective_at', 'known_at'])],
    ['NOT_FINITE', (value) => notFiniteOrNull(value, ['value'])],
  ],
  rules: [
    ['TIMES_OUT_OF_ORDER', ({ period_end, effective_at }) => notInOrder({ period_end, effective_at })],
    notKnownAhead,
  ],
  keyOf: ({ series }) => series,
  place: kept.place,
  toTape: (observed, stamp) => ({
    series: observed.series,
    period_end: observed.period_end,
    ts: observed.effective_at,
    ...stamp,
    value: observed.value,
    unit: observed.unit,
  }),
  take: kept.take,
})
