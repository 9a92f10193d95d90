/** A backfill that cannot be done as asked; the message says what to do instead. */
export class BackfillRefusedError extends Error {
  readonly code = 'BACKFILL_REFUSED'
  readonly retriable = false
  constructor(message: string) {
    super(message)
    this.name = 'BackfillRefusedError'
  }
}
