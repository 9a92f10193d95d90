/** A load that cannot be done as asked; the message says what to do instead. */
export class LoadRefusedError extends Error {
  readonly code = 'LOAD_REFUSED'
  readonly retriable = false
  constructor(message: string) {
    super(message)
    this.name = 'LoadRefusedError'
  }
}
