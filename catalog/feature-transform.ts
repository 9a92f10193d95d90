import { z } from 'zod'

const number = z.number('must be a number')
const window = z.int('must be a whole number').min(2, 'must be at least 2')
const nothing = z.strictObject({})
const atr = z.strictObject({ atr: z.string().min(1, 'must name an indicator') })
const level = z.strictObject({ level: number })

/** What `transform_params` may hold, by `transform`. `NOTATION.md` has the formulas. */
const paramsOf = {
  identity: nothing,
  dist_atr: atr,
  div_atr: atr,
  clip: z.strictObject({ lo: number, hi: number }).refine(({ lo, hi }) => lo <= hi, 'lo must not be above hi'),
  min: z.strictObject({ cap: number }),
  log: z.strictObject({ floor: z.number().positive('must be positive') }),
  log1p: nothing,
  bucket: z.strictObject({
    edges: z
      .array(number)
      .min(1, 'must name at least one edge')
      .refine((edges) => edges.every((edge, at) => at === 0 || edge > (edges[at - 1] ?? edge)), 'must ascend'),
    h: z.literal(0, 'must be 0: a band around the edges is not computed'),
  }),
  cross_above: level,
  cross_below: level,
  slope_z: z.strictObject({ n: window }),
  zscore: z
    .strictObject({ n: window, ddof: z.int().min(0).max(1) })
    .refine(({ n, ddof }) => n > ddof, 'n must be above ddof'),
} as const

type ParamsOf = typeof paramsOf

/** Name of a transform. */
export type TransformKind = keyof ParamsOf

/** How a feature is made of the output of its indicator: the transform and its parameters. */
export type FeatureTransform = {
  [Kind in TransformKind]: { readonly kind: Kind } & z.output<ParamsOf[Kind]>
}[TransformKind]

/** The transforms there are. */
export const TRANSFORM_KINDS = Object.keys(paramsOf) as [TransformKind, ...TransformKind[]]

/** The parameters of a transform as they are in the cell; unknown, missing and bad ones are issues. */
export function parseTransform(kind: TransformKind, params: unknown): z.ZodSafeParseResult<FeatureTransform> {
  const shape: z.ZodType<object> = paramsOf[kind]
  return shape.transform((values) => ({ kind, ...values }) as FeatureTransform).safeParse(params)
}
