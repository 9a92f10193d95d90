import { type Admin, Kafka, logLevel } from 'kafkajs'
import { chainInputs } from '../../../cli/chain.ts'
import { drained } from '../../../cli/drain.ts'
import { partitionKey } from '../../../streams/port.ts'
import type { ProcessorName } from '../../../topics/topics.ts'
import type { Member } from '../fleet/fleet.ts'
import type { LoadStep } from '../load/plan.ts'
import type { World } from '../world.ts'

const stallMs = 90_000
const endsWithinMs = 180_000

/** Writes steps of the load at once. */
export async function loadSteps({ log }: World, steps: readonly LoadStep[]): Promise<void> {
  const writer = await log.writer('scenario-load')
  try {
    await writer.fence()
    for (const { records } of steps) await writer.commit({ records })
  } finally {
    await writer.close()
  }
}

/** Waits until these processors have committed the end of their inputs. */
export function caughtUp({ log, config }: World, names: readonly ProcessorName[]): Promise<void> {
  const definitions = chainInputs().filter(({ name }) => names.includes(name))
  return drained({ log, definitions, partitions: config.partitions, stallMs })
}

/** Does something with an admin client of the broker. */
export async function withAdmin<Result>(world: World, action: (admin: Admin) => Promise<Result>): Promise<Result> {
  const kafka = new Kafka({ brokers: [...world.stack.kafka.brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await action(admin)
  } finally {
    await admin.disconnect()
  }
}

/** How a worker ended, and its last words. */
export type Death = { readonly how: number | NodeJS.Signals | 'still running'; readonly words: string }

/** Starts a worker that is expected to end by itself. */
export async function lastWordsOf(world: World, name: ProcessorName): Promise<Death> {
  const member = world.fleet.start(name)
  member.retired = true
  return deathOf(member)
}

/** Waits for the end of a worker, which is killed when it does not come. */
export async function deathOf({ process }: Member): Promise<Death> {
  const timer = new Promise<Death>((resolve) => {
    setTimeout(() => resolve({ how: 'still running', words: '' }), endsWithinMs).unref()
  })
  const death = process.line('no line of output is like this one').then(
    (): Death => ({ how: 'still running', words: '' }),
    async (error: Error): Promise<Death> => ({ how: await process.ended, words: error.message }),
  )
  const first = await Promise.race([death, timer])
  if (first.how === 'still running') process.kill('SIGKILL')
  return first
}

/** What a group has committed on a partition. */
export async function positionOf({ log }: World, group: string, topic: string, partition: number): Promise<number> {
  const where = { topic, partition }
  return (await log.committed(group, [where])).get(partitionKey(where)) ?? -1
}
