/** One part of a blended score: the raw score it comes from and what it weighs. */
export type Leg = { readonly score_id: string; readonly weight: number }

/** One symbol of a cross-section, on its way from raw score to score. Outputs are null where features are incomplete. */
export type BlendRow = {
  readonly partition: number
  readonly symbol: string
  readonly model_id: string
  readonly model_version: string
  readonly status: string
  readonly p_up: number | null
  readonly expected_return: number | null
  readonly risk: number | null
  readonly legs: readonly Leg[]
  readonly contracts: Readonly<Record<string, string>>
}

/** The scores of one timeframe with the same `ts`, in order of (partition, arrival). Times in UTC epoch milliseconds. */
export type CrossSection = {
  readonly timeframe: string
  readonly ts: number
  readonly known_at: number
  readonly rows: readonly BlendRow[]
}

/** A step from raw to blended: clip, neutralise, weigh. Pure; it keeps the rows, their order and their symbols. */
export type BlendStage = (section: CrossSection) => CrossSection

/** A raw score as `raw-score.avsc` has it, as far as blending reads it. */
export type RawScore = {
  readonly score_id: string
  readonly model_id: string
  readonly model_version: string
  readonly symbol: string
  readonly timeframe: string
  readonly ts: number
  readonly status: string
  readonly p_up: number | null
  readonly expected_return: number | null
  readonly risk: number | null
  readonly contracts: Readonly<Record<string, string>>
}

/** The row that a raw score starts as: itself, its own only leg. */
export function rowOf(partition: number, score: RawScore): BlendRow {
  const usable = score.status === 'ok'
  return {
    partition,
    symbol: score.symbol,
    model_id: score.model_id,
    model_version: score.model_version,
    status: score.status,
    p_up: usable ? score.p_up : null,
    expected_return: usable ? score.expected_return : null,
    risk: usable ? score.risk : null,
    legs: [{ score_id: score.score_id, weight: 1 }],
    contracts: score.contracts,
  }
}
