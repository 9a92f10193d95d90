import type { Kafka } from 'kafkajs'

/** kafkajs's cluster: metadata, connections and coordinators; each user says which of its methods it calls. */
export type ClusterMaker<Cluster> = (options: Record<string, unknown>) => Cluster

/**
 * The function, behind a symbol, that a kafkajs client makes every cluster with, to call or to replace. The version is pinned;
 * throws when another one has no such function.
 */
export function clusterMaker<Cluster>(kafka: Kafka): {
  make: ClusterMaker<Cluster>
  replace(maker: ClusterMaker<Cluster>): void
} {
  const symbol = Object.getOwnPropertySymbols(kafka).find((each) => each.description === 'private:Kafka:createCluster')
  const makers = kafka as unknown as Record<symbol, ClusterMaker<Cluster> | undefined>
  const make = symbol && makers[symbol]
  if (!symbol || !make) throw new Error('This kafkajs has no createCluster: the port was written for 2.2.4')
  return {
    make,
    replace: (maker) => {
      makers[symbol] = maker
    },
  }
}
