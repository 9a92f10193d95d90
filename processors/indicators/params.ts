import { z } from 'zod'

/** Parameters that several families share. */
export const windowLength = z.int().min(1)

/** Series of a bar that an average may run over. */
export const priceField = z.enum(['open', 'high', 'low', 'close'])

/** No parameters at all. */
export const noParams = z.strictObject({})

/** One window length and nothing else. */
export const windowOnly = z.strictObject({ window: windowLength })

/** Range or denominator that counts as zero (NOTATION.md). */
export function isZero(value: number): boolean {
  return Math.abs(value) <= 1e-14
}
