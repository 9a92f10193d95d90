import type { InputRecord, TakenInput } from '../processors/processor.ts'
import type { InsertRows } from './chunk-blocks.ts'

type Passed = { chunks: number; records: number }

/**
 * Which inserts of a task that has just opened a predecessor may have tried: a process that died, or one that was shut out. What it tried
 * began where the committed position stands, or lies behind other inserts of the one chunk that it had not committed, which
 * held no more than `chunkRecords` records of what the log held before the task opened.
 */
export class PredecessorInserts {
  readonly #chunkRecords: number
  readonly #ends = new Map<string, number>()
  readonly #passed = new Map<string, Passed>()

  /** Without the size of a predecessor's chunks, it may have tried anything. */
  constructor(chunkRecords = Number.POSITIVE_INFINITY) {
    this.#chunkRecords = chunkRecords
  }

  /** The inputs as the task found them when it opened. */
  opened(inputs: readonly TakenInput[]): void {
    for (const { topic, partition, end } of inputs) this.#ends.set(inputKey(topic, partition), end)
  }

  /** Whether an insert may be the repetition of one that a predecessor has tried. */
  mayHaveTried({ table, partition, offsets }: InsertRows): boolean {
    const key = inputKey(table.topic, partition)
    const { chunks, records } = this.#passed.get(key) ?? { chunks: 0, records: 0 }
    if (chunks === 0 || this.#chunkRecords === Number.POSITIVE_INFINITY) return true
    return records < this.#chunkRecords && (offsets[0] ?? 0) < (this.#ends.get(key) ?? Number.POSITIVE_INFINITY)
  }

  /** A chunk is stored. */
  passed(records: readonly InputRecord[]): void {
    const stored = new Set<Passed>()
    for (const { kind, topic, partition } of records) {
      const key = inputKey(topic, partition)
      const passed = this.#passed.get(key) ?? { chunks: 0, records: 0 }
      this.#passed.set(key, passed)
      passed.records += 1
      if (kind === 'data') stored.add(passed)
    }
    for (const passed of stored) passed.chunks += 1
  }
}

const inputKey = (topic: string, partition: number): string => `${topic}[${partition}]`
