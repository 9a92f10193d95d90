/**
 * What may leave an indicator without a value after its warm-up: `still` bars without a move, `untraded` bars without volume,
 * `holes` in what surrounds the bars, bars of `1d`, and `any` bars at all.
 */
export type Circumstance = 'still' | 'untraded' | 'holes' | '1d' | 'any'

/** Columns (`<id>.<output>`, or `<id>` for all of an indicator) that have no value under some circumstances, as the catalog says. */
export type NullRule = {
  readonly columns: readonly string[]
  readonly under: readonly Circumstance[]
  readonly reason: string
}

const zoneSides = ['support', 'resistance'].flatMap((side) => [
  `sr_zone_v1.distance_to_nearest_${side}`,
  ...['width', 'touches', 'age', 'strength'].map((output) => `sr_zone_v1.${side}_${output}`),
])

/** Every case in which a value may be missing after warm-up. Of all other columns there is one on any bar. */
export const NULL_RULES: readonly NullRule[] = [
  {
    columns: ['swing_high_5.price', 'swing_low_5.price'],
    under: ['any'],
    reason: 'a bar that confirms no swing has no price of one',
  },
  {
    columns: [...zoneSides, 'sr_zone_v1.zone_position'],
    under: ['any'],
    reason: 'degenerate_rule: no strong zone on that side -> null; zone_position needs both sides',
  },
  {
    columns: ['squeeze_episode_v1.min_compression'],
    under: ['any'],
    reason: 'there is no last episode before the first one',
  },
  {
    columns: ['trend_state_v1.state', 'trend_state_v1.age', 'trend_run_episode_v1'],
    under: ['any'],
    reason: 'CONFIRM(cand, 2) also for the first value: none until two bars in a row agree',
  },
  {
    columns: ['trend_mtf_v1.state_short', 'vol_mtf_v1'],
    under: ['1d', 'holes'],
    reason:
      'a daily bar has no shorter timeframe in the blend (notes_phase4), and vol_mtf_v1 is of 1h; null without the others',
  },
  {
    columns: ['trend_mtf_v1', 'structure_mtf_v1', 'regime_cluster_id_v1'],
    under: ['holes'],
    reason: 'null until every timeframe has a value',
  },
  {
    columns: ['structure_state_v1', 'structure_mtf_v1'],
    under: ['still'],
    reason:
      'warm-up is data: 2 highs and 2 lows, and bars that do not move have no swings; atr_14 = 0 -> distances null',
  },
  {
    columns: ['vwma_20', 'rvol_20', 'amihud_20', 'liquidity_state_v1', 'liq_stress_v1'],
    under: ['untraded'],
    reason: 'sum V = 0, mean = 0, fewer than 10 bars with V > 0 -> null, and so what ranks them over 250 bars',
  },
  {
    columns: ['kyle_lambda_20'],
    under: ['still', 'untraded'],
    reason: 'denominator = 0 -> null',
  },
  {
    columns: ['vol_term_v1'],
    under: ['still'],
    reason: 'realized_vol_60 = 0 -> null',
  },
  {
    columns: ['squeeze_state_v1.compression'],
    under: ['still'],
    reason: 'kc width = 0 -> compression null',
  },
  {
    columns: ['vwap_intraday', 'vwap_dev'],
    under: ['untraded', 'holes'],
    reason: 'sum V = 0 -> null; no session without a calendar',
  },
  {
    columns: ['vwap_dev', 'position_ctx_v1.unrealised_atr'],
    under: ['still'],
    reason:
      'atr = 0: nothing to measure in (vwap_dev says null; position_ctx_v1 says nothing, and a value would be infinite)',
  },
  {
    columns: ['rvol_tod_20'],
    under: ['untraded', 'holes'],
    reason: 'fewer than 20 earlier sessions or mean = 0 -> null; no session without a calendar',
  },
  {
    columns: ['dd_intraday', 'session_clock', 'session_state_v1', 'gap_flag_v1', 'gap_episode_v1'],
    under: ['holes'],
    reason: 'no session without a calendar',
  },
  {
    columns: ['spread_bp', 'beta_market_60', 'market_resid_v1', 'macro_regime_state_v1', 'earnings_surprise_v1'],
    under: ['holes'],
    reason: 'no quote, benchmark, release or announcement -> null; so is a crossed quote',
  },
  {
    columns: ['pe_ttm', 'pb', 'earnings_yield_ttm', 'div_yield', 'eps_growth_yoy', 'rev_growth_yoy', 'debt_to_equity'],
    under: ['holes'],
    reason: 'null before the first record or when it is too old; figures <= 0 as each degenerate_rule says',
  },
  {
    columns: ['earnings_flag', 'dividend_flag', 'split_flag', 'macro_release_flag', 'event_window_state_v1'],
    under: ['holes'],
    reason: 'calendar feed silent for more than 7 days -> null',
  },
  {
    columns: ['gross_exposure', 'net_exposure', 'portfolio_dd_v1', 'concentration_idx_v1', 'position_ctx_v1'],
    under: ['holes'],
    reason: 'no snapshot, or one that is too old; equity <= 0 -> null',
  },
]

/** Whether a column may have no value under some circumstances. */
export function mayBeNull(column: string, circumstances: ReadonlySet<Circumstance>): boolean {
  return NULL_RULES.some(
    ({ columns, under }) =>
      under.some((one) => circumstances.has(one)) && columns.some((named) => namesColumn(named, column)),
  )
}

/** Whether an entry of a rule means a column: the column itself or its indicator. */
export function namesColumn(named: string, column: string): boolean {
  return named === column || column.startsWith(`${named}.`)
}
