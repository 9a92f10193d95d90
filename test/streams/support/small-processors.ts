import type {
  ChunkProcessor,
  Emit,
  InputHead,
  InputRecord,
  RememberingProcessor,
  RestorableProcessor,
} from '../../../processors/processor.ts'
import type { ChunkDefinition, FoldDefinition } from '../../../streams/definition.ts'

/** Event time of a record of `dataRecord` and `markerRecord`. */
export function timeOf(record: InputRecord): number {
  return record.kind === 'marker' ? record.marker.ts : Number(record.value.ts)
}

/** A fold whose state can be looked at. */
export type MergeProcessor = RestorableProcessor & {
  readonly state: { readonly taken: string[]; readonly ended: Set<string> }
}

/**
 * Merges `left` and `right` by event time and numbers what it takes, so that each output depends on everything before it. It
 * waits for the other input as long as that has neither a head nor ended with a marker.
 */
export function createMerge(): MergeProcessor {
  const layoutHash = 'merge 1'
  const state = { taken: [] as string[], ended: new Set<string>() }
  let counts = new Map<string, number>()
  return {
    state,
    layoutHash,
    snapshot: () => ({ taken: [...state.taken], ended: new Set(state.ended), counts: new Map(counts) }),
    restore({ taken, ended, counts: restored }) {
      state.taken.splice(0, state.taken.length, ...(taken as string[]))
      state.ended.clear()
      for (const topic of ended as Set<string>) state.ended.add(topic)
      counts = new Map(restored as Map<string, number>)
    },
    select(heads: readonly InputHead[]) {
      let chosen: { index: number; time: number } | undefined
      for (const [index, { topic, record }] of heads.entries()) {
        if (!record && !state.ended.has(topic)) return undefined
        if (record && (chosen === undefined || timeOf(record) < chosen.time)) chosen = { index, time: timeOf(record) }
      }
      return chosen?.index
    },
    apply(record, emit) {
      state.taken.push(`${record.topic}@${record.offset}`)
      if (record.kind === 'marker') {
        state.ended.add(record.topic)
        emit.marker('merged', record.marker)
        return
      }
      const ts = timeOf(record)
      if (ts % 5 === 0) return emit.duplicate()
      if (ts % 7 === 0) return emit.refuse({ reason: 'LATE', message: `${ts}` })
      const count = (counts.get(record.key) ?? 0) + 1
      counts.set(record.key, count)
      for (let copy = 0; copy <= ts % 2; copy += 1) {
        const value = { key: record.key, ts, count, copy, place: state.taken.length, known_at: ts }
        emit.record({ topic: 'merged', key: record.key, recordName: 'test.Count', value, timestamp: ts })
      }
    },
  }
}

/** {@link createMerge} as the runtime runs it, under the name of a processor of the chain. */
export const mergeDefinition: FoldDefinition = {
  name: 'engine',
  kind: 'fold',
  fanIn: false,
  inputs: ['left', 'right'],
  create: () => createMerge(),
}

/** Numbers the records of each partition of `left`; one task over all partitions. */
export const fanInDefinition: FoldDefinition = {
  name: 'breadth',
  kind: 'fold',
  fanIn: true,
  inputs: ['left'],
  create: ({ partitions }): RestorableProcessor => {
    const counts = Array.from({ length: partitions }, () => 0)
    return {
      layoutHash: 'counts 1',
      snapshot: () => ({ counts: [...counts] }),
      restore: ({ counts: restored }) => void counts.splice(0, partitions, ...(restored as number[])),
      select: (heads) => {
        const index = heads.findIndex(({ record }) => record)
        return index < 0 ? undefined : index
      },
      apply(record, emit) {
        const count = (counts[record.partition] ?? 0) + 1
        counts[record.partition] = count
        const value = { ts: timeOf(record), count, known_at: 0 }
        emit.record({ topic: 'merged', key: `${record.partition}`, recordName: 'test.Count', value, timestamp: count })
      },
    }
  },
}

/** Doubles the time of each record of `left`, after a moment. */
export const doublingDefinition: ChunkDefinition = {
  name: 'inference',
  kind: 'chunk',
  fanIn: false,
  inputs: ['left'],
  create: async (): Promise<ChunkProcessor> => ({
    async applyChunk(records, emits) {
      await new Promise((resolve) => setImmediate(resolve))
      for (const [index, record] of records.entries()) {
        const emit = emits(index)
        const ts = timeOf(record)
        if (record.kind === 'marker') emit.marker('merged', record.marker)
        else if (ts % 7 === 0) emit.refuse({ reason: 'ROW_REJECTED', message: '' })
        else
          emit.record({
            topic: 'merged',
            key: record.key,
            recordName: 'test.Count',
            value: { ts: 2 * ts },
            timestamp: ts,
          })
      }
    },
  }),
}

/**
 * Numbers the records of each key of `left`, after `pause`, in a memory that also has those that it refuses (every seventh time) and those
 * on which it throws.
 */
export function createRemembering(
  pause: () => Promise<void> = async () => undefined,
  throwsOn: (record: InputRecord) => boolean = () => false,
): RememberingProcessor {
  let counts = new Map<string, number>()
  const count = (into: Map<string, number>, key: string): number => {
    const number = (into.get(key) ?? 0) + 1
    into.set(key, number)
    return number
  }
  const answer = (record: InputRecord, into: Map<string, number>, emit: Emit): void => {
    if (throwsOn(record)) throw new TypeError(`${timeOf(record)} is too much`)
    if (record.kind === 'marker') return
    const { key, timestamp } = record
    const value = { ts: timestamp, count: count(into, key) }
    if (timestamp % 7 === 0) emit.refuse({ reason: 'PROCESSING_FAILED', message: 'seven' })
    else emit.record({ topic: 'merged', key, recordName: 'test.Count', value, timestamp })
  }
  return {
    layoutHash: 'counts by key, remembered 1',
    async applyChunk(records, emits) {
      const changed = new Map(counts)
      await pause()
      for (const [index, record] of records.entries()) answer(record, changed, emits(index))
      counts = changed
    },
    remember(record) {
      if (record.kind === 'data') count(counts, record.key)
    },
    snapshot: () => ({ counts: new Map(counts) }),
    restore: ({ counts: saved }) => {
      counts = new Map(saved as Map<string, number>)
    },
  }
}

/** {@link createRemembering} with I/O and with records on which it throws. */
export const rememberingDefinition: ChunkDefinition = {
  name: 'inference',
  kind: 'chunk',
  fanIn: false,
  inputs: ['left'],
  create: async () =>
    createRemembering(
      () => new Promise((resolve) => setImmediate(resolve)),
      (record) => record.kind === 'data' && timeOf(record) % 11 === 0,
    ),
}
