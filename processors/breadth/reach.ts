/** Whether a cross-sectional row has one value for all symbols of a timeframe, or one for each. */
export type Reach = 'market' | 'universe'

const REACH: Readonly<Record<string, Reach>> = {
  beta_market_60: 'universe',
  market_resid_v1: 'universe',
  xs_rank_v1: 'universe',
  sector_rel_v1: 'universe',
  valuation_percentile_v1: 'universe',
  fund_quality_score_v1: 'universe',
  breadth_v1: 'market',
  dispersion_v1: 'market',
  turbulence_v1: 'market',
  absorption_ratio_v1: 'market',
  risk_on_off_state_v1: 'market',
  stress_state_v1: 'market',
  risk_budget_util_v1: 'market',
}

/** The reach of an indicator that breadth computes; undefined for one of stage one, which comes with the symbol's own rows. */
export function crossSectionReach(indicatorId: string): Reach | undefined {
  return REACH[indicatorId]
}
