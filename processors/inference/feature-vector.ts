import type { DataRecord } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import type { ScoringModel } from './scoring-model.ts'

/** What a feature row is to a model: not its symbol, not to be trusted, not complete, or a row to score. */
export type Reading =
  | { readonly kind: 'outside_universe' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'complete'; readonly vector: readonly number[] }

/** Reads the model's features out of a feature record, after comparing the contract headers of the packs that it names. */
export function readFeatures(record: DataRecord, model: ScoringModel): Reading {
  if (!model.symbols.has(record.key)) return { kind: 'outside_universe' }
  const mismatch = compareContracts(record, model)
  if (mismatch) return { kind: 'refused', refusal: { reason: 'CONTRACT_MISMATCH', message: mismatch } }
  const vector: number[] = []
  let complete = true
  for (const feature of model.features) {
    const value = record.value[feature]
    if (value === null) complete = false
    else if (typeof value === 'number' && Number.isFinite(value)) vector.push(value)
    else {
      const message = `feature ${feature} is ${String(value)}, neither a finite number nor null`
      return { kind: 'refused', refusal: { reason: 'PROCESSING_FAILED', message } }
    }
  }
  return complete ? { kind: 'complete', vector } : { kind: 'incomplete' }
}

function compareContracts(record: DataRecord, model: ScoringModel): string | undefined {
  for (const [pack, expected] of Object.entries(model.contracts)) {
    const header = `contract.${pack}`
    const found = record.headers[header]
    if (found !== expected) {
      const given = found === undefined ? 'is absent' : `is ${found}`
      return `header ${header} ${given}, but model ${model.modelId}/${model.modelVersion} was trained on ${expected}`
    }
  }
  return undefined
}
