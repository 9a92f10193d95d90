import { contractEntry, contractHash, derivedEntry, modelInputsHash } from '../catalog/contract.ts'
import { hashOf } from '../catalog/contract-json.ts'
import type { ResolvedView } from '../catalog/views.ts'
import { compareContract, type TrainedEntry } from './contract-check.ts'
import type { ModelRecord } from './model-record.ts'
import { ModelRefusedError } from './model-refused-error.ts'

type Refusal = (code: ModelRefusedError['code'], problem: string) => ModelRefusedError

/**
 * Compares what a model was trained on with what the present catalog serves in its view. Throws {@link ModelRefusedError} naming the
 * pack, feature or cell that differs. Features appended in a later pack version, notes, names and drift thresholds differ freely.
 */
export function checkCatalog(
  record: ModelRecord,
  packs: Readonly<Record<string, readonly TrainedEntry[]>>,
  view: ResolvedView,
  model: string,
): void {
  const refusal: Refusal = (code, problem) => new ModelRefusedError(code, model, problem)
  if (view.id !== record.view || view.timeframe !== record.timeframe) {
    const trained = `${record.view} (${record.timeframe})`
    throw refusal('MODEL_CONTRACT_MISMATCH', `it scores view ${trained}, not ${view.id} (${view.timeframe})`)
  }
  for (const [pack, hash] of Object.entries(record.contracts)) {
    const trained = packs[pack]
    if (trained === undefined || hashOf(trained) !== hash) {
      throw refusal('MODEL_RECORD_INVALID', `its contract of pack ${pack} does not have the hash ${hash} of its record`)
    }
    const present = view.packs.find(({ id }) => id === pack)
    if (present === undefined) throw refusal('MODEL_CONTRACT_MISMATCH', `view ${view.id} serves no pack ${pack}`)
    const found = compareContract(pack, trained, present.features.map(contractEntry))
    if (found) throw refusal(found.code, found.problem)
    const now = contractHash(present)
    if (now !== hash)
      throw refusal('MODEL_CONTRACT_MISMATCH', `contract of pack ${pack} was ${hash} at training and is ${now}`)
  }
  checkFeatures(record, view, refusal)
}

function checkFeatures(record: ModelRecord, view: ResolvedView, refusal: Refusal): void {
  const { features_hash: trained } = record
  if (modelInputsHash(record.features, record.derived) !== trained) {
    throw refusal('MODEL_RECORD_INVALID', `its features do not have the features_hash ${trained} of its record`)
  }
  const served = ({ feature_id }: { readonly feature_id: string }) => {
    const feature = view.features.find(({ id }) => id === feature_id)
    if (feature) return feature
    throw refusal('MODEL_FEATURE_MISSING', `view ${view.id} has no feature ${feature_id}`)
  }
  const features = record.features.map((entry) => contractEntry(served(entry)))
  const derived = record.derived.map(({ input_id, transform, feature }) =>
    derivedEntry({ id: input_id, transform, feature: served(feature) }),
  )
  const now = modelInputsHash(features, derived)
  if (now !== trained) {
    throw refusal('MODEL_CONTRACT_MISMATCH', `features_hash was ${trained} at training and is ${now}`)
  }
}
