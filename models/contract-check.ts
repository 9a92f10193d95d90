import { canonicalJson } from '../catalog/contract-json.ts'
import type { ModelRefusedErrorCode } from './model-refused-error.ts'

/** One feature of a pack as its contract had it at training: the cells of `catalog/contract.ts`, of whatever release. */
export type TrainedEntry = { readonly feature_id: string; readonly formula_hash: string } & Readonly<
  Record<string, unknown>
>

/** What differs between the contract a model was trained on and the present one, in words. */
export type ContractBreak = { readonly code: ModelRefusedErrorCode; readonly problem: string }

/**
 * The first difference that matters between the features of a pack at training and now: first which features there are, then their
 * order, then each cell, then the formulas. Undefined: none.
 */
export function compareContract(
  pack: string,
  trained: readonly TrainedEntry[],
  present: readonly TrainedEntry[],
): ContractBreak | undefined {
  return (
    compareMembers(pack, trained, present) ??
    compareOrder(pack, trained, present) ??
    compareCells(pack, trained, present)
  )
}

function compareMembers(pack: string, trained: readonly TrainedEntry[], present: readonly TrainedEntry[]) {
  const lost = trained.find((entry) => !find(present, entry.feature_id))
  const gained = present.find((entry) => !find(trained, entry.feature_id))
  if (lost && gained && trained.indexOf(lost) === present.indexOf(gained)) {
    const problem = `feature ${lost.feature_id} of pack ${pack} is now called ${gained.feature_id}`
    return { code: 'MODEL_FEATURE_RENAMED', problem } as const
  }
  if (lost) return { code: 'MODEL_FEATURE_MISSING', problem: `pack ${pack} has no feature ${lost.feature_id}` } as const
  if (!gained) return undefined
  const place = `at position ${present.indexOf(gained)}`
  const problem = `pack ${pack} has feature ${gained.feature_id} ${place}, which the model was not trained with`
  return { code: 'MODEL_FEATURE_EXTRA', problem } as const
}

function compareOrder(pack: string, trained: readonly TrainedEntry[], present: readonly TrainedEntry[]) {
  const position = trained.findIndex((entry, index) => entry.feature_id !== present[index]?.feature_id)
  if (position < 0) return undefined
  const found = `${present[position]?.feature_id} instead of ${trained[position]?.feature_id}`
  return { code: 'MODEL_FEATURE_ORDER', problem: `pack ${pack} has ${found} at position ${position}` } as const
}

function compareCells(pack: string, trained: readonly TrainedEntry[], present: readonly TrainedEntry[]) {
  for (const [index, entry] of trained.entries()) {
    const now = present[index] ?? entry
    const cells = [...new Set([...Object.keys(entry), ...Object.keys(now)])].filter((cell) => cell !== 'formula_hash')
    const changed = cells.find((cell) => canonicalJson(entry[cell]) !== canonicalJson(now[cell]))
    const feature = `feature ${entry.feature_id} of pack ${pack}`
    if (changed !== undefined) {
      const values = `was ${JSON.stringify(entry[changed])} at training and is ${JSON.stringify(now[changed])}`
      return { code: 'MODEL_CELL_CHANGED', problem: `cell ${changed} of ${feature} ${values}` } as const
    }
    if (entry.formula_hash !== now.formula_hash) {
      const problem = `formula_hash of ${feature} was ${entry.formula_hash} at training and is ${now.formula_hash}`
      return { code: 'MODEL_FORMULA_CHANGED', problem } as const
    }
  }
  return undefined
}

function find(entries: readonly TrainedEntry[], featureId: string): TrainedEntry | undefined {
  return entries.find(({ feature_id }) => feature_id === featureId)
}
