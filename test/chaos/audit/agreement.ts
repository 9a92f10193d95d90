import type { SeenTopic } from './seen-record.ts'

/**
 * In how many places a reader that read along during the run and one that read at the end disagree: a record that only one of
 * them saw, or two records at one offset. An aborted or rewritten record would show here.
 */
export function disagreements(along: SeenTopic, atTheEnd: SeenTopic): number {
  let count = 0
  for (let partition = 0; partition < Math.max(along.length, atTheEnd.length); partition += 1) {
    const final = new Map((atTheEnd[partition] ?? []).map(({ offset, digest }) => [offset, digest]))
    for (const { offset, digest } of along[partition] ?? []) {
      if (final.get(offset) !== digest) count += 1
      final.delete(offset)
    }
    count += final.size
  }
  return count
}
