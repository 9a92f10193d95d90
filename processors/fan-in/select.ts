import type { InputHead } from '../processor.ts'
import type { Barriers } from './barriers.ts'

/** How far a partition may run ahead when nothing else is set: some twenty years of daily barriers. */
export const DEFAULT_MAX_BARRIERS_AHEAD = 5000

/**
 * The head of the partition that is furthest behind, then of the lowest one; undefined = wait. A partition that has passed
 * more than `maxBarriersAhead` barriers which wait for others is paused; one that others wait for never is. The order does
 * not change the outputs: it bounds what waits in memory.
 */
export function selectFurthestBehind(
  heads: readonly InputHead[],
  barriers: Barriers,
  maxBarriersAhead: number,
): number | undefined {
  let chosen: { readonly index: number; readonly partition: number } | undefined
  for (const [index, { record, partition }] of heads.entries()) {
    if (record === undefined || barriers.lead(partition) > maxBarriersAhead) continue
    if (chosen === undefined || isBehind(barriers, partition, chosen.partition)) chosen = { index, partition }
  }
  return chosen?.index
}

function isBehind(barriers: Barriers, a: number, b: number): boolean {
  const [passedA, passedB] = [barriers.passed(a), barriers.passed(b)]
  return passedA === passedB ? a < b : passedA < passedB
}
