import { z } from 'zod'
import { recipeTransformShape } from './recipe-transform.ts'
import { strictObject } from './strict-object.ts'
import { TIMEFRAMES } from './timeframe.ts'

const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, 'must be lower case words joined by single underscores')
const symbol = z.string().regex(/^[A-Z0-9][A-Z0-9.^-]*$/, 'must be a symbol in capitals')
const day = z.iso.date('must be a date like 2011-01-31')
const bars = z.int('must be a whole number').min(1, 'must be at least 1')

function distinct<T extends z.ZodType<string>>(item: T) {
  return z
    .array(item)
    .refine((all) => new Set(all).size === all.length, 'must not name anything twice')
    .readonly()
}

const period = strictObject({ from: day, to: day })
  .refine(({ from, to }) => from <= to, 'from must not be after to')
  .readonly()

const transformation = strictObject({
  id: identifier,
  feature: identifier,
  transform: recipeTransformShape,
}).readonly()

/** What a list of transformations may hold: inputs made of features, each of a name of its own. */
export const transformationsShape = z
  .array(transformation)
  .superRefine((all, context) => {
    for (const [index, { id }] of all.entries()) {
      if (all.findIndex((other) => other.id === id) === index) continue
      context.addIssue({ code: 'custom', path: [index, 'id'], message: `${id} already names another of them` })
    }
  })
  .default([])
  .readonly()

const target = strictObject({
  kind: z.literal('forward_return'),
  horizon_bars: bars,
  adjust: z.literal('splits'),
  transform: strictObject({ kind: z.literal('sign'), threshold: z.number() }).readonly(),
}).readonly()

const label = strictObject({
  entry: strictObject({ bar: z.literal(1), price: z.literal('open') }).readonly(),
  exit: strictObject({ bar: bars, price: z.literal('close') }).readonly(),
  rule: z.string().min(1, 'must say the rule in words'),
}).readonly()

const split = strictObject({
  by: z.literal('time'),
  train: period,
  validation: period,
  test: period,
  gap_bars: z.int().min(0),
  shuffle: z.literal(false, 'must be false: neighbouring rows share their label'),
})
  .refine(({ train, validation }) => train.to < validation.from, {
    path: ['validation', 'from'],
    message: 'must be after the end of train',
  })
  .refine(({ validation, test }) => validation.to < test.from, {
    path: ['test', 'from'],
    message: 'must be after the end of validation',
  })
  .readonly()

const estimator = strictObject({
  candidates: z
    .array(
      strictObject({
        kind: z.enum(['logistic_regression', 'hist_gradient_boosting']),
        params: z.record(z.string(), z.number()),
      }).readonly(),
    )
    .min(1, 'must name at least one')
    .readonly(),
  select: strictObject({
    metric: z.literal('log_loss'),
    on: z.literal('validation'),
    margin: z.number().min(0),
  }).readonly(),
}).readonly()

/** What a recipe file may hold, after `feature_packs` has been renamed to `feature_pack_ids`. */
export const recipeShape = strictObject({
  recipe_id: identifier,
  model_id: identifier,
  description: z.string(),
  feature_schema_version: z.string().regex(/^v[1-9]\d*$/, 'must be v and a number'),
  view: identifier,
  timeframe: z.enum(TIMEFRAMES),
  feature_pack_ids: distinct(identifier).refine((ids) => ids.length > 0, 'must name at least one pack'),
  include: distinct(identifier).default([]),
  exclude: distinct(identifier).default([]),
  transformations: transformationsShape,
  missing: z.literal('drop'),
  target,
  label,
  universe: strictObject({
    symbols: distinct(symbol).refine((all) => all.length > 0, 'must name at least one symbol'),
    markets: distinct(z.string().min(1)),
  }).readonly(),
  split,
  estimator,
  seed: z.int().min(0).max(0xffff_ffff),
})
  .refine(({ label: { exit }, target: { horizon_bars } }) => exit.bar === horizon_bars, {
    path: ['label', 'exit', 'bar'],
    message: 'must equal target.horizon_bars',
  })
  .refine(({ split: { gap_bars }, target: { horizon_bars } }) => gap_bars >= horizon_bars, {
    path: ['split', 'gap_bars'],
    message: 'must be at least target.horizon_bars, or labels reach from one part into the next',
  })
  .readonly()

/** How a model is made: which features of which packs, what it predicts, of which symbols, and how it is trained and judged. */
export type Recipe = z.infer<typeof recipeShape>
