import type { RememberingProcessor } from '../processors/processor.ts'
import type { ChunkDefinition, MemoryDefinition } from './definition.ts'

/** The memory of a chunk processor as a fold, so that it comes back as the state of a fold does. */
export function memoryOf(
  { create: _, ...definition }: ChunkDefinition,
  processor: RememberingProcessor,
): MemoryDefinition {
  return {
    ...definition,
    kind: 'memory',
    memory: {
      layoutHash: processor.layoutHash,
      snapshot: () => processor.snapshot(),
      restore: (snapshot) => processor.restore(snapshot),
      // Its inputs are remembered apart from each other, so their order among them does not matter.
      select(heads) {
        const index = heads.findIndex(({ record }) => record)
        return index < 0 ? undefined : index
      },
      apply: (record) => processor.remember(record),
    },
  }
}
