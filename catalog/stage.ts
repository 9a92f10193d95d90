import type { IndicatorRow } from './indicator-row.ts'

/**
 * Whether a row needs other symbols than its own: it is evaluated at a barrier or measured against a benchmark. Breadth computes
 * such rows; stage one computes all others, and none of those depends on one.
 */
export function isCrossSectional({ alignment, inputs }: Pick<IndicatorRow, 'alignment' | 'inputs'>): boolean {
  return alignment.startsWith('barrier') || inputs.includes('benchmark')
}
