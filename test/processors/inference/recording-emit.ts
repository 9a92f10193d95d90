import type { Emit, Marker, OutputRecord } from '../../../processors/processor.ts'
import type { Refusal } from '../../../processors/refusal.ts'

/** What a processor emitted for one input record, in order. */
export type Emitted =
  | { readonly kind: 'record'; readonly record: OutputRecord }
  | { readonly kind: 'marker'; readonly topic: string; readonly marker: Marker }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }

/** The emits of a chunk and, by index of the input record, what came through them; `order` has the indexes as they emitted,
 * `leftOut` why outputs were left out. */
export function recordingEmits() {
  const emitted: Emitted[][] = []
  const order: number[] = []
  const leftOut: string[] = []
  const emits = (index: number): Emit => {
    const push = (item: Emitted) => {
      order.push(index)
      emitted[index] = [...(emitted[index] ?? []), item]
    }
    return {
      record: (record) => push({ kind: 'record', record }),
      marker: (topic, marker) => push({ kind: 'marker', topic, marker }),
      refuse: (refusal) => push({ kind: 'refusal', refusal }),
      duplicate: () => undefined,
      leaveOut: (reason) => leftOut.push(reason),
    }
  }
  return { emits, emitted, order, leftOut }
}
