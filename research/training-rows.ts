import { createDeriver, modelNumber } from '../processors/features/derived-fold.ts'
import type { DataRecord } from '../processors/processor.ts'
import type { ResolvedRecipe } from './resolve-recipe.ts'

/**
 * The rows of features, in the order of their topic, each with the inputs that a recipe derives of it and the rows of its symbol before,
 * null where there is none. The rows begin with the first of the topic, or averages without an end would be others than those online.
 */
export function trainingRows(
  { derived }: Pick<ResolvedRecipe, 'derived'>,
  records: readonly DataRecord[],
): readonly DataRecord['value'][] {
  const derive = createDeriver(
    derived.map(({ input_id: id, feature, transform }) => ({ id, feature: feature.feature_id, transform })),
  )
  return records.map(({ key, value }) => {
    const inputs = derive(key, (feature) => modelNumber(value[feature]) ?? Number.NaN)
    const named = derived.map(({ input_id }, at) => [input_id, Number.isNaN(inputs[at]) ? null : inputs[at]] as const)
    return { ...value, ...Object.fromEntries(named) }
  })
}
