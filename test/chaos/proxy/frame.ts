/** Which way bytes go: `request` to the server, `response` back. */
export type Direction = 'request' | 'response'

/** A piece of a conversation that a protocol tells apart: a Kafka message, or a part of an HTTP exchange. */
export type Frame = {
  readonly direction: Direction
  /** What is asked for: `EndTxn`, `Produce`, `INSERT`, …; of a response, what it answers. */
  readonly api: string
  /** Who asks, as the protocol says: Kafka's client id. Empty where the protocol says nothing. */
  readonly client: string
  /** Kafka's transactional id, where the request carries one. */
  readonly transactionalId: string
  /** Whether the piece begins a request or an answer; later parts of an HTTP body do not. */
  readonly isHead: boolean
  readonly bytes: Buffer
}

/** Cuts the bytes of one connection into frames. Bytes of unfinished frames wait inside. */
export interface Splitter {
  push(direction: Direction, bytes: Buffer): Frame[]
}
