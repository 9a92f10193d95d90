import type { AnswerHead, AnswerRow, FeatureValue, StateValue } from './answer.ts'
import type { PackSelection } from './pack-selection.ts'
import { isVector, type ServedRow } from './served-row.ts'
import { zonesIn } from './zone-list.ts'

/** A row as a selection serves it, made once. */
export type RowAnswer = (row: ServedRow) => AnswerRow

/** What of an answer a selection decides. */
export function answerHead({ packId, timeframe, view, features, contracts }: PackSelection): AnswerHead {
  return {
    pack_id: packId,
    time_horizon: timeframe,
    view: view.id,
    features: features.map(({ id }) => id),
    contracts,
  }
}

/** Builds what makes the answer of a row; a row that is asked for again gives the same object. */
export function createRowAnswer({ features, positions, hasZones }: PackSelection): RowAnswer {
  const known = new WeakMap<ServedRow, AnswerRow>()
  const columns = features.map((feature, at) => {
    const { id, dtype, channel, codes } = feature
    return {
      id,
      position: positions[at] ?? -1,
      dtype,
      isVector: isVector(feature),
      isState: channel === 'state',
      codes,
    }
  })

  const make = (row: ServedRow): AnswerRow => {
    const values: FeatureValue[] = []
    const imputed: string[] = []
    const states: Record<string, StateValue> = {}
    for (const { id, position, dtype, isVector: isList, isState, codes } of columns) {
      const number = row.values[position] ?? Number.NaN
      const vector = isList ? row.vectors.get(position) : undefined
      if (isList) values.push(vector === undefined ? null : Array.from(vector))
      else if (Number.isNaN(number)) values.push(null)
      else values.push(dtype === 'bool' ? number !== 0 : number)
      if (row.imputed[position] === 1) imputed.push(id)
      if (isState && !Number.isNaN(number)) states[id] = { code: number, label: codes?.[String(number)] ?? null }
    }
    const { symbol, ts, knownAt, topic, partition, offset } = row
    const source = { topic, partition, offset }
    const quality = { fill_rate: row.fillRate, measured_rate: row.measuredRate, staleness_bars: row.stalenessBars }
    const zones = hasZones ? { zones: zonesIn(row.zones) } : {}
    return { symbol, ts, known_at: knownAt, values, imputed, states, quality, ...zones, source }
  }

  return (row) => {
    const found = known.get(row)
    if (found !== undefined) return found
    const fresh = make(row)
    known.set(row, fresh)
    return fresh
  }
}
