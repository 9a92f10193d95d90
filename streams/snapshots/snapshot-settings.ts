/**
 * When a task takes a snapshot of its state, and how it is written. None of it changes what the task gives out: it bounds how much
 * a restart has to read again, at the price of writing the state once in a while.
 */
export type SnapshotSettings = {
  /** A snapshot is due when so many records have been taken since the last, */
  readonly records: number
  /** but not sooner after it than this; */
  readonly minIntervalMs: number
  /** and after this long in any case, if anything was taken. */
  readonly maxIntervalMs: number
  /** However long that is, a task rests this many times as long as writing the last one took. */
  readonly restFactor: number
  /** Size of a piece; a broker refuses records of 1 MB. */
  readonly pieceBytes: number
  /** Pieces that go with one transaction. */
  readonly piecesPerCommit: number
}

/** What holds where nothing else is set. */
export const defaultSnapshotSettings: SnapshotSettings = {
  records: 1_000,
  minIntervalMs: 30_000,
  maxIntervalMs: 300_000,
  restFactor: 1,
  pieceBytes: 640_000,
  piecesPerCommit: 1,
}
