import { allocate, type StateLayout } from '../../../processors/indicators/layout.ts'
import { ringCapacity } from '../../../processors/indicators/ring.ts'
import type { Slice } from '../../../processors/indicators/slice.ts'

/** A slice that can only allocate, for what needs slots and no indicator. */
export function sliceOf(layout: StateLayout): Slice {
  const none = (): never => {
    throw new Error('there is no engine around this slice')
  }
  return {
    slots: (name, size, dimension) => allocate(layout, 'test', name, size, dimension),
    ring(name, length, dimension) {
      const capacity = ringCapacity(length)
      return { offset: allocate(layout, 'test', name, capacity, dimension), mask: capacity - 1 }
    },
    series: none,
    highest: none,
    lowest: none,
    shared: none,
    column: none,
    input: none,
    side: none,
  }
}
