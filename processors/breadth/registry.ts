import type { CrossDefinition } from './definition.ts'
import { absorptionRatio } from './rows/absorption-ratio.ts'
import { benchmarkRows } from './rows/benchmark-rows.ts'
import { dispersion } from './rows/dispersion.ts'
import { fundamentalQuality } from './rows/fundamental-quality.ts'
import { marketBreadth } from './rows/market-breadth.ts'
import { riskBudget } from './rows/risk-budget.ts'
import { riskOnOff } from './rows/risk-on-off.ts'
import { sectorRelative } from './rows/sector-rel.ts'
import { stressState } from './rows/stress-state.ts'
import { turbulence } from './rows/turbulence.ts'
import { valuationPercentile } from './rows/valuation-percentile.ts'
import { crossSectionalRank } from './rows/xs-rank.ts'

/** Every row that Barline can compute over a cross-section. A cross-sectional catalog row whose id is not here refuses to start. */
export const CROSS_DEFINITIONS: readonly CrossDefinition[] = [
  benchmarkRows,
  crossSectionalRank,
  sectorRelative,
  valuationPercentile,
  fundamentalQuality,
  marketBreadth,
  dispersion,
  turbulence,
  absorptionRatio,
  riskOnOff,
  stressState,
  riskBudget,
]
