import { z } from 'zod'
import { didYouMean } from './nearest-names.ts'
import { strictObject } from './strict-object.ts'

/** Rows of a view that a window may reach over: it bounds the state of a symbol and the work of a row. */
const MOST_ROWS = 1_000

const rows = (least: number) =>
  z
    .int('must be a whole number of rows of the view')
    .min(least, `must be at least ${least}`)
    .max(MOST_ROWS, `must be at most ${MOST_ROWS}`)

const kinds = [
  strictObject({ kind: z.literal('lag'), k: rows(1) }).readonly(),
  strictObject({ kind: z.literal('diff'), k: rows(1) }).readonly(),
  strictObject({ kind: z.literal('sma'), n: rows(1) }).readonly(),
  strictObject({ kind: z.literal('ema'), n: rows(1) }).readonly(),
  strictObject({ kind: z.literal('zscore'), n: rows(2) }).readonly(),
] as const

const KINDS = ['lag', 'diff', 'sma', 'ema', 'zscore'] as const

/** What a transform of a recipe may be, by `kind`. */
export const recipeTransformShape = z.discriminatedUnion('kind', kinds, {
  error: ({ code, input }) => {
    if (code !== 'invalid_union') return undefined
    const kind = typeof input === 'object' && input !== null && 'kind' in input ? String(input.kind) : ''
    return `must be one of ${KINDS.join(', ')}${didYouMean(kind, KINDS)}`
  },
})

/** How a recipe makes a further input of a published feature; `k` and `n` count rows of the view. */
export type RecipeTransform = z.infer<typeof recipeTransformShape>

/** `sma(20)`: a transform in few words, for messages. */
export function transformName(transform: RecipeTransform): string {
  return `${transform.kind}(${'k' in transform ? transform.k : transform.n})`
}
