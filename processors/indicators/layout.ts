import { createHash } from 'node:crypto'
import { RECOMPUTE, rescaleSlots, type SlotDimension } from './dimension.ts'

/** A run of state slots with one owner (`base` or an indicator id) and one dimension. */
export type Segment = {
  readonly owner: string
  readonly name: string
  readonly offset: number
  readonly size: number
  readonly dimension: SlotDimension
}

/** The map of one state array, filled from front to back while an engine is built. */
export type StateLayout = {
  readonly segments: Segment[]
  length: number
}

export function createLayout(): StateLayout {
  return { segments: [], length: 0 }
}

/** Appends `size` slots and returns the offset of the first. They are 0 in a fresh state. */
export function allocate(
  layout: StateLayout,
  owner: string,
  name: string,
  size: number,
  dimension: SlotDimension,
): number {
  const offset = layout.length
  layout.segments.push({ owner, name, offset, size, dimension })
  layout.length += size
  return offset
}

/** Applies a split to every slot that declares how it changes; `recompute` slots are left to their owners. */
export function rescaleLayout(layout: StateLayout, state: Float64Array, splitFactor: number): void {
  for (const { offset, size, dimension } of layout.segments) {
    if (dimension !== RECOMPUTE) rescaleSlots(state, offset, size, dimension, splitFactor)
  }
}

/** Hex sha256 of the segments in order, and of `contents`: what else gives the slots their meaning. */
export function hashLayout(layout: StateLayout, contents: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([layout.segments, contents]))
    .digest('hex')
}
