import type { IndicatorDefinition } from '../definition.ts'
import { breakoutEpisode } from './breakout-episode.ts'
import { drawdownEpisode } from './drawdown-episode.ts'
import { gapEpisode } from './gap-episode.ts'
import { rangeEpisode } from './range-episode.ts'
import { squeezeEpisode } from './squeeze-episode.ts'
import { trendRunEpisode } from './trend-run-episode.ts'
import { volBurstEpisode } from './vol-burst-episode.ts'

/** Episodes with a beginning, an age and an end. */
export const episodesDefinitions: readonly IndicatorDefinition[] = [
  breakoutEpisode,
  drawdownEpisode,
  gapEpisode,
  rangeEpisode,
  squeezeEpisode,
  trendRunEpisode,
  volBurstEpisode,
]
