type NamedTopic = {
  readonly name: string
  readonly partitions: number
  readonly settings: Readonly<Record<string, string>>
}

/** What a broker says of a topic: partitions, copies, and its settings in force, the broker's defaults included. */
export type TopicDescription = NamedTopic & {
  /** Copies of the partition that has the fewest. */
  readonly copies: number
}

/** A topic to create; what `settings` leaves out is as the broker has it. */
export type NewTopic = NamedTopic & {
  /** Copies of each partition; -1: as many as the broker says. */
  readonly replicationFactor: number
}

/** A broker of the cluster and those of its settings that it tells, among `brokerSettingNames`. */
export type BrokerDescription = { readonly id: number; readonly settings: Readonly<Record<string, string>> }

/** The settings of brokers that matter here: for how long positions are kept, and how many copies a topic gets by default. */
export const brokerSettingNames = ['offsets.retention.minutes', 'default.replication.factor'] as const

/** The broker's topics, as far as provisioning needs them. Names are physical: with the prefix. */
export interface TopicAdmin {
  /** Names of all topics. */
  list(): Promise<readonly string[]>
  /** Describes topics that exist; one that does not exist (any more) is left out, and never created by asking. */
  describe(names: readonly string[]): Promise<readonly TopicDescription[]>
  /** Creates topics and returns when they have leaders; one that exists by now is left as it is. */
  create(topics: readonly NewTopic[]): Promise<void>
  /** The brokers of the cluster; without settings where those are not told to this user. */
  brokers(): Promise<readonly BrokerDescription[]>
}
