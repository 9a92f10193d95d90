/** A value that does not fit the schema of its record: a fault of the code that made it. Names topic, record and field. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError'
  readonly code = 'ENCODE_FAILED'
  readonly retriable = false
  readonly topicId: string
  readonly recordName: string

  constructor(topicId: string, recordName: string, problem: string, cause?: unknown) {
    super(`Cannot encode ${recordName} for topic ${topicId}: ${problem}`, cause === undefined ? undefined : { cause })
    this.topicId = topicId
    this.recordName = recordName
  }
}
