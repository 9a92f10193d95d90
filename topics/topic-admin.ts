/** What a broker says of a topic: partitions, and its settings in force, the broker's defaults included. */
export type TopicDescription = {
  readonly name: string
  readonly partitions: number
  readonly settings: Readonly<Record<string, string>>
}

/** A topic to create; what `settings` leaves out is as the broker has it. */
export type NewTopic = TopicDescription & {
  /** Copies of each partition; -1: as many as the broker says. */
  readonly replicationFactor: number
}

/** The broker's topics, as far as provisioning needs them. Names are physical: with the prefix. */
export interface TopicAdmin {
  /** Names of all topics. */
  list(): Promise<readonly string[]>
  /** Describes topics that exist; one that does not exist (any more) is left out, and never created by asking. */
  describe(names: readonly string[]): Promise<readonly TopicDescription[]>
  /** Creates topics and returns when they have leaders; one that exists by now is left as it is. */
  create(topics: readonly NewTopic[]): Promise<void>
}
