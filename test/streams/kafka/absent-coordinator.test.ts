import { expect, test } from '@jest/globals'
import { createKafka } from '../../../streams/kafka/client.ts'
import { clusterMaker } from '../../../streams/kafka/cluster-maker.ts'

type Cluster = {
  brokerPool: { withBroker(ask: unknown): Promise<object | undefined> }
  refreshMetadata(): Promise<void>
  findBroker(place: { nodeId: number }): Promise<string>
  findGroupCoordinator(group: { groupId: string }): Promise<string>
}

test('a group whose coordinator no broker can name yet is asked for again', async () => {
  const kafka = createKafka({ brokers: ['127.0.0.1:1'], clientId: 'test' })
  const cluster = clusterMaker<Cluster>(kafka).make({ retry: { initialRetryTime: 1, maxRetryTime: 2, retries: 9 } })
  let asked = 0
  let refreshed = 0
  cluster.brokerPool.withBroker = async () => (++asked < 4 ? undefined : { coordinator: { nodeId: 7 } })
  cluster.refreshMetadata = async () => void refreshed++
  cluster.findBroker = async ({ nodeId }) => `broker ${nodeId}`
  await expect(cluster.findGroupCoordinator({ groupId: 'features' })).resolves.toBe('broker 7')
  expect([asked, refreshed]).toEqual([4, 3])
})
