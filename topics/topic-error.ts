/** One thing about a topic that is not as `topics/` has it. */
export type TopicDifference = {
  readonly topic: string
  readonly setting: string
  readonly found: string
  readonly wanted: string
  /** What to do about it, as a command or in words. */
  readonly remedy: string
}

/** Topics on the broker differ from `topics/`; each difference names topic, setting, found, wanted and remedy. */
export class TopicMismatchError extends Error {
  override readonly name = 'TopicMismatchError'
  readonly code = 'TOPIC_MISMATCH'
  readonly retriable = false
  readonly differences: readonly TopicDifference[]

  constructor(differences: readonly TopicDifference[]) {
    super(
      `Topics differ from topics/:\n${differences
        .map(
          ({ topic, setting, found, wanted, remedy }) =>
            `  ${topic}: ${setting} is ${found}, wanted ${wanted}: ${remedy}`,
        )
        .join('\n')}`,
    )
    this.differences = differences
  }
}

/** Active topics do not exist on the broker. */
export class TopicMissingError extends Error {
  override readonly name = 'TopicMissingError'
  readonly code = 'TOPIC_MISSING'
  readonly retriable = false
  readonly topics: readonly string[]

  constructor(topics: readonly string[]) {
    super(`No topic ${topics.join(', ')} on the broker: run \`barline topics provision\``)
    this.topics = topics
  }
}
