import type { Timeframe } from '../../catalog/timeframe.ts'
import { type Dimension, rescaleSlots } from '../indicators/dimension.ts'
import { allocate, createLayout, hashLayout } from '../indicators/layout.ts'
import { type Ring, ringCapacity } from '../indicators/ring.ts'
import { isUnitFree } from './feature-dimension.ts'

/**
 * The map of a symbol's state while a view is planned. A fresh state is NaN throughout, which says "nothing yet" in every
 * slot. Each slot belongs to the timeframe whose rows bring it into new units at a split.
 */
export interface StateSlots {
  /** Appends `size` slots and returns the offset of the first. */
  slots(timeframe: Timeframe, name: string, size: number, dimension: Dimension): number
  /** Appends a ring for at least `length` values. */
  ring(timeframe: Timeframe, name: string, length: number, dimension: Dimension): Ring
  /** Number of slots so far. */
  length(): number
  /** Hex sha256 of the slots and of `contents`: what else gives them their meaning. */
  hash(contents: unknown): string
  /** What brings the slots of one timeframe into the units after a split; `splitFactor` = new shares per old. */
  rescaling(timeframe: Timeframe): (state: Float64Array, splitFactor: number) => void
}

/** An empty map. */
export function createStateSlots(): StateSlots {
  const layout = createLayout()
  const slots = (timeframe: Timeframe, name: string, size: number, dimension: Dimension): number =>
    allocate(layout, timeframe, name, size, dimension)
  return {
    slots,
    ring(timeframe, name, length, dimension) {
      const capacity = ringCapacity(length)
      return { offset: slots(timeframe, name, capacity, dimension), mask: capacity - 1 }
    },
    length: () => layout.length,
    hash: (contents) => hashLayout(layout, contents),
    rescaling(timeframe) {
      const scaled = layout.segments.flatMap(({ owner, offset, size, dimension }) =>
        owner === timeframe && dimension !== 'recompute' && !isUnitFree(dimension) ? [{ offset, size, dimension }] : [],
      )
      return (state, splitFactor) => {
        for (const { offset, size, dimension } of scaled) rescaleSlots(state, offset, size, dimension, splitFactor)
      }
    },
  }
}
