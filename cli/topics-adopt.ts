import { adoptInput } from '../streams/adopt-input.ts'
import { refuseRunning } from '../streams/kafka/group-members.ts'
import { partitionKey } from '../streams/port.ts'
import type { ProcessorName } from '../topics/topics.ts'
import { findAddresses } from './addresses.ts'
import { chainInputs, isFanIn } from './chain.ts'
import type { Config } from './config.ts'
import { openLog } from './connect.ts'

/** `barline topics adopt`. Throws `GroupsInUseError` while a worker of the processor runs, and `AdoptionRefusedError`. */
export async function adoptTopic(
  processor: ProcessorName,
  topic: string,
  config: Config,
  print: (line: string) => void,
): Promise<void> {
  const addresses = findAddresses(config)
  await refuseRunning(addresses.brokers, config.topicPrefix + processor)
  const inputs = chainInputs().find(({ name }) => name === processor)?.inputs ?? []
  const log = openLog(config, addresses, 'barline-adopt')
  try {
    const { partitions } = config
    const adopted = await adoptInput({ log, processor, fanIn: isFanIn(processor), partitions, inputs, topic })
    for (const position of adopted) print(`${processor} reads ${partitionKey(position)} from offset ${position.offset}`)
    if (adopted.length === 0) print(`${processor} has a position in every partition of ${topic}: nothing to adopt`)
  } finally {
    await log.close()
  }
}
