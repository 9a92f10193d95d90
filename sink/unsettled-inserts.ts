import type { InsertRows } from './chunk-blocks.ts'

/**
 * How far inserts were tried that nobody has acknowledged: ClickHouse may remember their tokens without having their rows, and would
 * drop a repetition. One of these serves all sinks of a process, since a sink that fails is thrown away and its successor cuts the same
 * inserts. It holds one number for each partition of a table, however often that fails.
 */
export class UnsettledInserts {
  readonly #upTo = new Map<string, number>()

  /** An insert was tried, and whether it took effect is not known. */
  tried(rows: InsertRows): void {
    const place = placeOf(rows)
    this.#upTo.set(place, Math.max(lastOf(rows), this.#upTo.get(place) ?? 0))
  }

  /** Whether an insert may be the repetition of one that was tried. */
  mayRepeat(rows: InsertRows): boolean {
    const upTo = this.#upTo.get(placeOf(rows))
    return upTo !== undefined && (rows.offsets[0] ?? 0) <= upTo
  }

  /** The rows of an insert are there. Those of a partition are inserted in order, so the ones before are there as well. */
  settled(rows: InsertRows): void {
    const place = placeOf(rows)
    if (lastOf(rows) >= (this.#upTo.get(place) ?? Number.POSITIVE_INFINITY)) this.#upTo.delete(place)
  }
}

const placeOf = ({ table, partition }: InsertRows): string =>
  `${table.database}.${table.name} ${table.topic} ${table.epoch} ${partition}`

const lastOf = ({ offsets }: InsertRows): number => offsets.at(-1) ?? 0
