import { z } from 'zod'
import { recipeTransformShape } from '../catalog/recipe-transform.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a hex sha256')
const version = z.string().regex(/^[1-9]\d*$/, 'must be a positive whole number')
const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, 'must be lower case words joined by single underscores')
const instant = z.iso.datetime()
const rows = z.int().min(0)

const port = z.object({ name: z.string().min(1), dtype: z.literal('float32'), width: z.int().min(1) })

/** Cells of a contract, of whatever names the feature schema has; only the two that every check needs are fixed. */
const contractEntry = z.looseObject({ feature_id: identifier, formula_hash: sha256 })

/** An input made of a feature by a transform over the rows of a symbol. */
const derivedEntry = z.object({ input_id: identifier, transform: recipeTransformShape, feature: contractEntry })

/**
 * `record.json` of a model version: what it is, what it was made of, what it promises. Further keys (metrics, libraries) are kept
 * as they are. `contracts` = contract hash per pack; `content_hash` = sha256 of the ONNX file.
 */
export const modelRecordShape = z.looseObject({
  model_id: identifier,
  model_version: version,
  content_hash: sha256,
  recipe_id: identifier,
  recipe_hash: sha256,
  feature_schema_version: z.string().regex(/^v[1-9]\d*$/, 'must be v and a number'),
  view: identifier,
  timeframe: z.string(),
  features: z.array(contractEntry).min(1),
  derived: z.array(derivedEntry).default([]),
  features_hash: sha256,
  contracts: z.record(identifier, sha256).refine((all) => Object.keys(all).length > 0, 'must name at least one pack'),
  catalogs: z
    .record(z.string(), z.object({ version: z.string().min(1), sha256 }))
    .refine((all) => Object.keys(all).length > 0, 'must name at least one catalog'),
  universe: z.object({ symbols: z.array(z.string()).min(1), markets: z.array(z.string()), hash: sha256 }),
  onnx: z.object({
    file: z.string().regex(/^[\w.-]+$/),
    bytes: rows,
    ir_version: rows,
    opset: z.record(z.string(), z.int()),
    input: port,
    outputs: z.array(port.extend({ min: z.number(), max: z.number(), calibrated: z.boolean() })).length(1),
  }),
  contract_file: z.object({ file: z.string().regex(/^[\w.-]+$/), sha256 }),
  golden: z.object({
    file: z.string().regex(/^[\w.-]+$/),
    sha256,
    rows: z.literal(32),
    tolerance: z.number().positive(),
  }),
  dataset: z.looseObject({ hash: sha256, tables: z.record(z.string(), z.object({ rows, sha256 })) }),
  training_period: z.object({ from: instant, to: instant, labels_to: instant }),
  estimator: z.looseObject({ kind: z.string(), params: z.record(z.string(), z.json()) }),
  seed: z.int(),
  libraries: z.record(z.string(), z.string()),
  metrics: z.record(z.string(), z.json()),
})

/** A parsed `record.json`. */
export type ModelRecord = z.infer<typeof modelRecordShape>

/** The names of all that a model takes, in order: its features, then what is derived of features. */
export function inputIds({ features, derived }: Pick<ModelRecord, 'features' | 'derived'>): readonly string[] {
  return [...features.map(({ feature_id }) => feature_id), ...derived.map(({ input_id }) => input_id)]
}

/** `contracts.json` of a model version: the features of each pack that it names, with all that gives them meaning, at training. */
export const packContractsShape = z.record(identifier, z.array(contractEntry).min(1))

/** `golden.json` of a model version: 32 feature rows and the scores that every runtime must give for them. */
export const goldenShape = z.object({
  features: z.array(identifier).min(1),
  rows: z
    .array(z.object({ symbol: z.string(), ts: z.int(), features: z.array(z.number()), p_up: z.number().min(0).max(1) }))
    .length(32),
})

/** A parsed `golden.json`. */
export type GoldenRows = z.infer<typeof goldenShape>
