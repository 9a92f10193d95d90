import { topicById } from '../../topics/topics.ts'
import { scoreId } from '../id.ts'
import type { OutputRecord } from '../processor.ts'
import type { BlendRow, CrossSection } from './cross-section.ts'

/** The topic that blend writes. */
export const SCORES = topicById('scores').id

/** Full name of the Avro record of a blended score. */
export const SCORE = 'barline.scores.Score'

/** Which blend a score is of, and in which run it was made. */
export type BlendIdentity = { readonly blend_id: string; readonly blend_version: string; readonly run_id: string }

/** The score of one row of a blended cross-section; it goes to the partition that its raw score came from. */
export function scoreRecord(identity: BlendIdentity, section: CrossSection, row: BlendRow): OutputRecord {
  const { blend_id, blend_version, run_id } = identity
  const { timeframe, ts, known_at } = section
  const value = {
    score_id: scoreId(blend_id, blend_version, row.symbol, timeframe, ts, run_id),
    blend_id,
    blend_version,
    symbol: row.symbol,
    timeframe,
    ts,
    known_at,
    run_id,
    model_id: row.model_id,
    model_version: row.model_version,
    status: row.status,
    p_up: row.p_up,
    expected_return: row.expected_return,
    risk: row.risk,
    leg_score_ids: row.legs.map((leg) => leg.score_id),
    leg_weights: row.legs.map((leg) => leg.weight),
    contracts: row.contracts,
  }
  return { topic: SCORES, key: row.symbol, recordName: SCORE, value, timestamp: ts, partition: row.partition }
}
