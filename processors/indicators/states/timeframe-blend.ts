import { z } from 'zod'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import type { Bar } from '../bar.ts'
import { read } from '../ring.ts'
import { otherTimeframe, type SideField } from '../side-fields.ts'
import type { Slice } from '../slice.ts'

/** The timeframes that a multi-timeframe row blends. */
export const BLENDED = { short: '15m', medium: '1h', long: '1d' } as const satisfies Readonly<Record<string, Timeframe>>

/** Weights of the short, the medium and the long timeframe. */
export const blendWeights = z.tuple([z.number().min(0), z.number().min(0), z.number().min(0)])

/** An output on each of {@link BLENDED}; NaN where it is not available. */
export type Blend = { short: number; medium: number; long: number }

/** A blend for a reader to refill at each step, so that a step allocates nothing. */
export function createBlend(): Blend {
  return { short: Number.NaN, medium: Number.NaN, long: Number.NaN }
}

/** Refills `blend` with what was known at the close of `bar`, which is one of the medium or the long timeframe. */
export type BlendReader = (bar: Bar, out: Float64Array, blend: Blend) => void

/**
 * An output of a dependency on every timeframe of {@link BLENDED}: that of the bar itself, and the newest that had closed by
 * then on the others. On a bar of the long timeframe the medium is the long one too, and there is no short one.
 */
export function blendedOutput(indicatorId: string, output: string) {
  const short = otherTimeframe(BLENDED.short, indicatorId, output)
  const long = otherTimeframe(BLENDED.long, indicatorId, output)
  const side: readonly SideField[] = [short, long]
  return {
    side,
    bind(slice: Slice): BlendReader {
      const own = slice.input(indicatorId, output)
      const shortSide = slice.side(short)
      const longSide = slice.side(long)
      return (bar, out, blend) => {
        const isLong = bar.timeframe === BLENDED.long
        blend.short = isLong ? Number.NaN : read(bar.side, shortSide)
        blend.medium = read(out, own)
        blend.long = isLong ? blend.medium : read(bar.side, longSide)
      }
    },
  }
}

/**
 * Weighted sum over the timeframes on a bar of the medium one; on a bar of the long one the weights renormalise to that one
 * alone. NaN where a timeframe with a weight has no value, and on bars of any other timeframe.
 */
export function weigh(timeframe: Timeframe, weights: z.output<typeof blendWeights>, blend: Readonly<Blend>): number {
  if (timeframe === BLENDED.long) return blend.long
  if (timeframe !== BLENDED.medium) return Number.NaN
  return weights[0] * blend.short + weights[1] * blend.medium + weights[2] * blend.long
}
