import { DataLossError } from '../errors.ts'
import type { Fetched, LogRecord, OutgoingRecord, TopicPartition } from '../port.ts'

/** Whether the records of a transaction are to be seen. */
export type TransactionState = { outcome: 'open' | 'committed' | 'aborted' }

/** A record and the transaction it belongs to; nothing where a control record stands or compaction took one away. */
type Place = { readonly record: LogRecord; readonly transaction: TransactionState } | undefined

const lookRecords = 500

/** One partition of the log in memory: records of transactions, some of which may be open or were aborted. */
export class MemoryPartition {
  readonly #where: TopicPartition
  readonly #places: Place[] = []
  /** Where each open transaction begins. */
  readonly #open = new Map<TransactionState, number>()
  #start = 0

  constructor({ topic, partition }: TopicPartition) {
    this.#where = { topic, partition }
  }

  get bounds(): { start: number; end: number } {
    return { start: this.#start, end: this.#places.length }
  }

  /** The committed records that are still kept. */
  get records(): LogRecord[] {
    return this.#seen(this.#start, this.#places.length)
  }

  append({ key, value, timestamp, headers }: OutgoingRecord, transaction: TransactionState): void {
    const offset = this.#places.length
    const named = Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((each) => ({ name, value: Buffer.from(each) })),
    )
    this.#places.push({ record: { offset, timestamp, key, value, headers: named }, transaction })
    if (!this.#open.has(transaction)) this.#open.set(transaction, offset)
  }

  /** Leaves the control record of a transaction that has ended. */
  end(transaction: TransactionState): void {
    this.#open.delete(transaction)
    this.#places.push(undefined)
  }

  /** Looks at what is committed from an offset on. Throws {@link DataLossError} when nothing is there to be read. */
  look(offset: number): Fetched {
    const { start: startOffset, end: endOffset } = this.bounds
    if (offset < startOffset) throw new DataLossError(this.#where, offset, startOffset)
    if (offset > endOffset) throw new DataLossError(this.#where, offset, undefined)
    const stableOffset = Math.min(endOffset, ...this.#open.values())
    const nextOffset = Math.max(offset, Math.min(stableOffset, offset + lookRecords))
    return { ...this.#where, records: this.#seen(offset, nextOffset), nextOffset, endOffset, stableOffset, startOffset }
  }

  /** Keeps the newest committed record of each key. */
  compact(): void {
    const newest = new Map(this.records.map(({ key, offset }) => [key?.toString('latin1'), offset]))
    for (const { key, offset } of this.records) {
      if (newest.get(key?.toString('latin1')) !== offset) this.#places[offset] = undefined
    }
  }

  deleteBelow(offset: number): void {
    this.#start = offset
  }

  #seen(from: number, to: number): LogRecord[] {
    const records: LogRecord[] = []
    for (let offset = from; offset < to; offset += 1) {
      const place = this.#places[offset]
      if (place?.transaction.outcome === 'committed') records.push(place.record)
    }
    return records
  }
}
