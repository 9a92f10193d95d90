import type { TopicAdmin } from '../../topics/topic-admin.ts'
import { createKafka, type KafkaOptions } from './client.ts'
import { kafkaTopicAdmin } from './topic-admin.ts'

/** The broker's topics, over a connection of its own. */
export async function openTopicAdmin(
  options: Pick<KafkaOptions, 'brokers'>,
): Promise<TopicAdmin & { close(): Promise<void> }> {
  const admin = createKafka({ brokers: options.brokers, clientId: 'barline-admin' }).admin()
  await admin.connect()
  return { ...kafkaTopicAdmin(admin), close: () => admin.disconnect() }
}
