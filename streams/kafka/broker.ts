import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** A request as kafkajs sends one: `encode` gives the bytes behind the header, `decode` and `parse` take those of the answer. */
export type ProtocolRequest<Answer> = {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>
  }
  readonly response: { decode(bytes: Buffer): Promise<Answer>; parse(answer: Answer): Promise<Answer> }
  readonly requestTimeout?: number
}

/** A broker of kafkajs: connections, authentication, versions. Requests of ours go through {@link sendTo}. */
export type Broker = {
  listOffsets(request: {
    replicaId: number
    isolationLevel: number
    topics: { topic: string; partitions: { partition: number; timestamp: string }[] }[]
  }): Promise<ListedOffsets>
  offsetFetch(request: {
    groupId: string
    topics: { topic: string; partitions: { partition: number }[] }[]
  }): Promise<FetchedOffsets>
  initProducerId(request: { transactionalId: string; transactionTimeout: number }): Promise<ProducerIdentity>
  addPartitionsToTxn(
    request: ProducerIdentity & { transactionalId: string; topics: { topic: string; partitions: number[] }[] },
  ): Promise<unknown>
  addOffsetsToTxn(request: ProducerIdentity & { transactionalId: string; groupId: string }): Promise<unknown>
  txnOffsetCommit(
    request: ProducerIdentity & {
      transactionalId: string
      groupId: string
      topics: { topic: string; partitions: { partition: number; offset: string; metadata: string | undefined }[] }[]
    },
  ): Promise<unknown>
  endTxn(request: ProducerIdentity & { transactionalId: string; transactionResult: boolean }): Promise<unknown>
}

/** Who a transactional producer is, in the form in which kafkajs hands it out and takes it back. */
export type ProducerIdentity = { readonly producerId: string; readonly producerEpoch: number }

/** What a coordinator answers about a group's committed positions; an offset of -1 says that there is none. */
export type FetchedOffsets = {
  readonly errorCode?: number
  readonly responses: readonly {
    readonly topic: string
    readonly partitions: readonly {
      readonly partition: number
      readonly offset: string
      readonly metadata: string | null
      readonly errorCode: number
    }[]
  }[]
}

type ListedOffsets = {
  readonly responses: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
  }[]
}

/** kafkajs's view of the brokers: metadata, leaders, coordinators. */
export type Cluster = {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addMultipleTargetTopics(topics: string[]): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  findBroker(node: { nodeId: string }): Promise<Broker>
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>
  findGroupCoordinator(request: { groupId: string; coordinatorType: number }): Promise<Broker>
}

type Sender<Answer> = Record<symbol, ((request: ProtocolRequest<Answer>) => Promise<Answer>) | undefined>

/** Sends a request of ours over a broker's connections, by the method, behind a symbol, that kafkajs's own requests take. */
export function sendTo<Answer>(broker: Broker, request: ProtocolRequest<Answer>): Promise<Answer> {
  const prototype = Object.getPrototypeOf(broker) as Sender<Answer>
  const symbol = Object.getOwnPropertySymbols(prototype).find(
    (each) => each.description === 'private:Broker:sendRequest',
  )
  const send = symbol && prototype[symbol]
  if (!send) throw new Error('This kafkajs has no sendRequest: the port was written for 2.2.4')
  return send.call(broker, request)
}

const { createErrorFromCode } = require('kafkajs/src/protocol/error') as { createErrorFromCode(code: number): Error }

/** Throws what kafkajs throws for an error code of an answer; 0 is success. */
export function throwIfFailed(errorCode: number): void {
  if (errorCode !== 0) throw createErrorFromCode(errorCode)
}
