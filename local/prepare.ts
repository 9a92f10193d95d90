import { ensureJava } from './java.ts'
import { kafkaJars } from './kafka/kafka-broker.ts'
import { registryProgram } from './registry/schema-registry.ts'

/** Fetches into the cache what the stack needs beyond npm packages. Quick when everything is there. */
export async function prepareCache(say: (line: string) => void = () => {}): Promise<void> {
  const step = async (what: string, fetch: () => Promise<unknown>): Promise<void> => {
    const started = performance.now()
    const slow = setTimeout(() => say(`fetching ${what} ...`), 1_000)
    await fetch()
    clearTimeout(slow)
    const seconds = (performance.now() - started) / 1000
    if (seconds > 1) say(`fetched ${what} in ${seconds.toFixed(0)} s`)
  }
  await step('a Java runtime', ensureJava)
  await step('Apache Kafka', kafkaJars)
  await step('the schema registry', registryProgram)
}
