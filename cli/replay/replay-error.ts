/** A replay or a comparison that cannot be done as asked; the message says what to do instead. */
export class ReplayRefusedError extends Error {
  readonly code = 'REPLAY_REFUSED'
  readonly retriable = false
  constructor(message: string) {
    super(message)
    this.name = 'ReplayRefusedError'
  }
}
