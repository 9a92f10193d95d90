import { topicById } from '../../topics/topics.ts'
import { scoreId } from '../id.ts'
import type { DataRecord, OutputRecord } from '../processor.ts'
import type { ScoringModel } from './scoring-model.ts'

/** The topic that inference writes. */
export const RAW_SCORES = topicById('scores.raw').id

/** Full name of the Avro record of a raw score. */
const RAW_SCORE = 'barline.scores.RawScore'

/** The score of a feature row by a model; `pUp` null says that the row lacks a feature of the model. */
export function rawScore(features: DataRecord, model: ScoringModel, runId: string, pUp: number | null): OutputRecord {
  const { symbol, timeframe, ts, known_at } = features.value as FeatureRowKey
  return {
    topic: RAW_SCORES,
    key: symbol,
    recordName: RAW_SCORE,
    timestamp: ts,
    value: {
      score_id: scoreId(model.modelId, model.modelVersion, symbol, timeframe, ts, runId),
      model_id: model.modelId,
      model_version: model.modelVersion,
      symbol,
      timeframe,
      ts,
      known_at,
      run_id: runId,
      status: pUp === null ? 'incomplete_features' : 'ok',
      p_up: pUp,
      expected_return: null,
      risk: null,
      contracts: sortedByKey(model.contracts),
      features_hash: model.featuresHash,
    },
  }
}

type FeatureRowKey = {
  readonly symbol: string
  readonly timeframe: string
  readonly ts: number
  readonly known_at: number
}

/** Avro writes a map in the order of its keys, so that order is part of the bytes. */
function sortedByKey(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)))
}
