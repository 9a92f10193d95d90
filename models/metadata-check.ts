import type { ModelRecord } from './model-record.ts'
import { ModelRefusedError } from './model-refused-error.ts'
import { readOnnxMetadata } from './onnx-metadata.ts'

/**
 * Compares what an ONNX file says of itself with its record. Throws {@link ModelRefusedError}: `MODEL_CONTRACT_ABSENT` if a pack's
 * contract hash is not in the file, `MODEL_METADATA_MISMATCH` naming the first other key that is absent or says something else.
 */
export function checkMetadata(onnx: Uint8Array, record: ModelRecord, model: string): void {
  const metadata = readOnnxMetadata(onnx)
  for (const pack of Object.keys(record.contracts)) {
    if (metadata.has(`barline.contract.${pack}`)) continue
    const problem = `its ONNX file has no barline.contract.${pack}, so nobody can say what it was trained on`
    throw new ModelRefusedError('MODEL_CONTRACT_ABSENT', model, problem)
  }
  const expected = new Map(expectedMetadata(record))
  for (const [key, value] of expected) compare(key, metadata.get(key), value, model)
  for (const [key, value] of metadata) if (!expected.has(key)) compare(key, value, undefined, model)
}

function expectedMetadata(record: ModelRecord): readonly (readonly [string, string])[] {
  return [
    ['barline.model_id', record.model_id],
    ['barline.model_version', record.model_version],
    ['barline.recipe_hash', record.recipe_hash],
    ['barline.feature_schema_version', record.feature_schema_version],
    ['barline.features_hash', record.features_hash],
    ['barline.dataset_hash', record.dataset.hash],
    ...Object.entries(record.contracts).map(([pack, hash]) => [`barline.contract.${pack}`, hash] as const),
    ...Object.entries(record.catalogs).map(([file, { sha256 }]) => [`barline.catalog.${file}`, sha256] as const),
  ]
}

function compare(key: string, found: string | undefined, expected: string | undefined, model: string): void {
  if (found === expected) return
  const problem = `its ONNX file has ${key} = ${found ?? 'nothing'}, the record ${expected ?? 'nothing'}`
  throw new ModelRefusedError('MODEL_METADATA_MISMATCH', model, problem)
}
