import { type ResolvedView, resolveView } from '../catalog/views.ts'
import type { ScoringModel } from '../processors/inference/scoring-model.ts'
import { checkCatalog } from './catalog-check.ts'
import { createCheckedScorer } from './golden-check.ts'
import { checkGraph } from './graph-check.ts'
import { checkMetadata } from './metadata-check.ts'
import type { ModelRecord } from './model-record.ts'
import { ModelRefusedError } from './model-refused-error.ts'
import { type Graph, openGraph, type ScoringMode } from './row-scorer.ts'
import { readVersionFiles } from './version-files.ts'

/** A model version that passed every check, ready for inference. */
export type LoadedModel = ScoringModel & { readonly record: ModelRecord; readonly mode: ScoringMode }

/**
 * Loads the model version in a folder `<model id>/<version>` and checks it: files against their sha256, ONNX metadata, packs and
 * features against the present catalog (`view`; default: the model's view as the catalog has it), inputs and outputs, golden rows.
 * Throws {@link ModelRefusedError} on the first thing that differs, CatalogError if the catalog has no such view, and what the file
 * system throws.
 */
export async function loadModel(folder: string, view?: ResolvedView): Promise<LoadedModel> {
  const { name, record, onnx, golden, packs } = await readVersionFiles(folder)
  checkMetadata(onnx, record, name)
  checkCatalog(record, packs, view ?? resolveView(record.view), name)
  const graph = await openChecked(onnx, name)
  checkGraph(graph, record, name)
  const scorer = await createCheckedScorer(graph, record, golden, name)
  return {
    modelId: record.model_id,
    modelVersion: record.model_version,
    view: record.view,
    features: record.features.map(({ feature_id }) => feature_id),
    derived: record.derived.map(({ input_id, feature, transform }) => {
      return { id: input_id, feature: feature.feature_id, transform }
    }),
    featuresHash: record.features_hash,
    contracts: record.contracts,
    symbols: new Set(record.universe.symbols),
    score: scorer.score,
    mode: scorer.mode,
    record,
  }
}

async function openChecked(onnx: Uint8Array, model: string): Promise<Graph> {
  try {
    return await openGraph(onnx)
  } catch (error) {
    throw new ModelRefusedError('MODEL_SHAPE_MISMATCH', model, `the runtime cannot open its ONNX file: ${error}`, error)
  }
}
