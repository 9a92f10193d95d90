import { modelNumber } from '../features/derived-fold.ts'
import type { DataRecord } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import type { ScoringModel } from './scoring-model.ts'

/** What a feature row is to a model: not its symbol, not to be trusted, not complete, or a row to score. */
export type Reading =
  | { readonly kind: 'outside_universe' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'complete'; readonly vector: readonly number[] }

/**
 * Reads the model's features out of a feature record, after comparing the contract headers of the packs that it names. `derived`:
 * its further inputs on this row, NaN = null.
 */
export function readFeatures(record: DataRecord, model: ScoringModel, derived: readonly number[] = []): Reading {
  if (!model.symbols.has(record.key)) return { kind: 'outside_universe' }
  const mismatch = compareContracts(record, model)
  if (mismatch) return { kind: 'refused', refusal: { reason: 'CONTRACT_MISMATCH', message: mismatch } }
  const vector: number[] = []
  for (const feature of model.features) {
    const value = modelNumber(record.value[feature])
    if (value === undefined) return noNumber(record, feature)
    vector.push(value)
  }
  const source = model.derived.find(({ feature }) => modelNumber(record.value[feature]) === undefined)
  if (source) return noNumber(record, source.feature)
  vector.push(...derived)
  return vector.some(Number.isNaN) ? { kind: 'incomplete' } : { kind: 'complete', vector }
}

function noNumber({ value }: DataRecord, feature: string): Reading {
  const message = `feature ${feature} is ${String(value[feature])}, neither a finite number nor null`
  return { kind: 'refused', refusal: { reason: 'PROCESSING_FAILED', message } }
}

/** What of the contracts that a model was trained on the headers of a record do not have, in words; undefined if nothing. */
export function compareContracts(record: DataRecord, model: ScoringModel): string | undefined {
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
