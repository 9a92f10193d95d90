/**
 * Why a model version is refused at load.
 * `MODEL_RECORD_INVALID` record or golden rows are not what they should be; `MODEL_FILE_CHANGED` a file has another sha256
 * than the record says; `MODEL_CONTRACT_ABSENT` no contract hash in the ONNX file; `MODEL_METADATA_MISMATCH` ONNX file and
 * record disagree; `MODEL_FEATURE_MISSING`, `_EXTRA`, `_RENAMED` and `_ORDER` the packs have other features, or in another order;
 * `MODEL_CELL_CHANGED` a cell of a feature means something else now; `MODEL_FORMULA_CHANGED` the formula behind one does;
 * `MODEL_CONTRACT_MISMATCH` a contract hash differs for another reason; `MODEL_SHAPE_MISMATCH` the ONNX graph has other inputs
 * or outputs; `MODEL_GOLDEN_MISMATCH` the runtime gives other scores for the golden rows.
 */
export type ModelRefusedErrorCode =
  | 'MODEL_RECORD_INVALID'
  | 'MODEL_FILE_CHANGED'
  | 'MODEL_CONTRACT_ABSENT'
  | 'MODEL_METADATA_MISMATCH'
  | 'MODEL_FEATURE_MISSING'
  | 'MODEL_FEATURE_EXTRA'
  | 'MODEL_FEATURE_RENAMED'
  | 'MODEL_FEATURE_ORDER'
  | 'MODEL_CELL_CHANGED'
  | 'MODEL_FORMULA_CHANGED'
  | 'MODEL_CONTRACT_MISMATCH'
  | 'MODEL_SHAPE_MISMATCH'
  | 'MODEL_GOLDEN_MISMATCH'

/** A model version that must not score: what it was trained on and what is there now are not the same. Retrying does not help. */
export class ModelRefusedError extends Error {
  override readonly name = 'ModelRefusedError'
  readonly retriable = false
  readonly code: ModelRefusedErrorCode
  /** `<model id>/<version>`, or the folder while the record cannot be read. */
  readonly model: string

  constructor(code: ModelRefusedErrorCode, model: string, problem: string, cause?: unknown) {
    super(`Model ${model} is refused: ${problem}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.model = model
  }
}
