import { z } from 'zod'

const nothing = z.strictObject({})

/** What `missing_param` may hold, by `missing_policy`. */
const paramsOf = {
  ffill: z
    // biome-ignore lint/suspicious/noThenProperty: the cell has it under this name, and nobody awaits the cell
    .strictObject({ max_bars: z.int().min(1, 'must be at least 1'), then: z.literal('null') })
    .transform(({ max_bars }) => ({ maxBars: max_bars })),
  zero: nothing,
  sentinel: z.strictObject({ value: z.number('must be a number') }),
  drop: nothing,
} as const

type ParamsOf = typeof paramsOf

/** Name of a missing policy. */
export type MissingKind = keyof ParamsOf

/**
 * What is published where the transform gives nothing, once the feature is warm: the last value for `maxBars` bars, 0, a
 * value of its own, or null.
 */
export type MissingPolicy = { [Kind in MissingKind]: { readonly kind: Kind } & z.output<ParamsOf[Kind]> }[MissingKind]

/** The policies there are. */
export const MISSING_KINDS = Object.keys(paramsOf) as [MissingKind, ...MissingKind[]]

/** The parameters of a policy as they are in the cell; unknown, missing and bad ones are issues. */
export function parseMissing(kind: MissingKind, params: unknown): z.ZodSafeParseResult<MissingPolicy> {
  const shape: z.ZodType<object> = paramsOf[kind]
  return shape.transform((values) => ({ kind, ...values }) as MissingPolicy).safeParse(params)
}
