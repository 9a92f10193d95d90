import type { TopicPartition } from './port.ts'
import { partitionKey } from './port.ts'

/** The log no longer holds records that have not been read: retention or a deletion passed an unread offset. */
export class DataLossError extends Error {
  readonly code = 'DATA_LOSS'
  readonly retriable = false
  constructor(where: TopicPartition, wanted: number, startOffset: number | undefined) {
    const kept =
      startOffset === undefined ? 'the broker refuses that offset' : `the oldest record kept is ${startOffset}`
    super(
      `${partitionKey(where)} cannot be read at offset ${wanted}: ${kept}. Records were deleted before they were read, or ` +
        'the topic was made anew; reset the group on purpose or restore the topic',
    )
    this.name = 'DataLossError'
  }
}

const restoreTopic =
  'Records were deleted that a restart has to read again; restore the topic, or reset the group and what it has written on purpose'

/** What the state of a task follows from is gone: records that no snapshot stands behind, or where it had got to. */
export class StateLostError extends Error {
  readonly code = 'STATE_LOST'
  readonly retriable = false
  constructor(processor: string, detail: string, remedy = restoreTopic) {
    super(`The state of ${processor} cannot be brought back: ${detail}. ${remedy}`)
    this.name = 'StateLostError'
  }
}

/** A task has committed positions for some of its inputs only: an input topic was added to a running processor. */
export class InputWithoutOffsetError extends Error {
  readonly code = 'INPUT_WITHOUT_OFFSET'
  readonly retriable = false
  constructor(group: string, missing: readonly TopicPartition[]) {
    const topics = [...new Set(missing.map(({ topic }) => topic))]
    const adoptions = topics.map((topic) => `barline topics adopt ${group} ${topic}`)
    super(
      `Group ${group} has committed positions, but none for ${missing.map(partitionKey).join(', ')}: an input was added, or a topic ` +
        `was deleted and made anew, and then what it held is lost. For an added one, stop its workers and take the input on with \`${adoptions.join('`, `')}\``,
    )
    this.name = 'InputWithoutOffsetError'
  }
}

/** The input topics have more partitions than this worker was told of: keys have moved, and so has what belongs together. */
export class PartitionCountError extends Error {
  readonly code = 'PARTITION_COUNT'
  readonly retriable = false
  constructor(group: string, partitions: readonly number[], expected: number) {
    super(
      `Group ${group} was given partitions ${partitions.join(', ')}, and its topics should have ${expected}: partitions were added, ` +
        'so that symbols have moved to other partitions. Load the history into topics made anew with the new count',
    )
    this.name = 'PartitionCountError'
  }
}

/** An input cannot be taken on as asked; the message says why, and what to do instead. */
export class AdoptionRefusedError extends Error {
  readonly code = 'ADOPTION_REFUSED'
  readonly retriable = false
  constructor(message: string) {
    super(message)
    this.name = 'AdoptionRefusedError'
  }
}

/** Another writer has taken over this transactional id: this task belongs to somebody else now. */
export class FencedError extends Error {
  readonly code = 'FENCED'
  readonly retriable = true
  constructor(transactionalId: string, cause: unknown) {
    super(`${transactionalId} was fenced by a newer owner of its partition`, { cause })
    this.name = 'FencedError'
  }
}

/** The log could not be read or written now; trying again later is right. */
export class LogUnavailableError extends Error {
  readonly code = 'LOG_UNAVAILABLE'
  readonly retriable = true
  constructor(doing: string, cause: unknown) {
    super(`${doing} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'LogUnavailableError'
  }
}

/** The broker takes smaller records than the topics are provisioned for: a setting of a topic was changed. */
export class WriteRefusedError extends Error {
  readonly code = 'WRITE_REFUSED'
  readonly retriable = false
  constructor(transactionalId: string, cause: unknown) {
    super(
      `The broker refuses a record of ${transactionalId} as too large, though it is within what its topic is provisioned for. ` +
        'Was max.message.bytes of a topic lowered? `barline topics provision` names it',
      { cause },
    )
    this.name = 'WriteRefusedError'
  }
}

/** Whether trying the same again later is right; unknown errors answer undefined. */
export function isRetriable(error: unknown): boolean | undefined {
  if (typeof error !== 'object' || error === null || !('retriable' in error)) return undefined
  return typeof error.retriable === 'boolean' ? error.retriable : undefined
}

/** The code of an error, `UNKNOWN` for one that has none. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'UNKNOWN'
}
