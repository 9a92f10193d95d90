import { setTimeout as sleep } from 'node:timers/promises'
import { chainInputs } from '../../cli/chain.ts'
import { isRetriable } from '../../streams/errors.ts'
import { partitionKey, type TopicPartition } from '../../streams/port.ts'
import type { ProcessorName } from '../../topics/topics.ts'
import type { World } from './world.ts'

/** Processors that a fault struck did not come back by themselves. */
export class NotRecoveredError extends Error {
  constructor(behind: readonly string[], withinMs: number) {
    super(`Not recovered within ${withinMs / 1000} s: ${behind.join('; ')}`)
    this.name = 'NotRecoveredError'
  }
}

const pollMs = 200
const withinMs = 300_000

/** The end of each input, now. */
async function endsOf(
  world: World,
  name: ProcessorName,
): Promise<ReadonlyMap<string, { at: TopicPartition; end: number }>> {
  const { log, config } = world
  const topics = chainInputs().find((each) => each.name === name)?.inputs ?? []
  const all = topics.flatMap((topic) =>
    Array.from({ length: config.partitions }, (_, partition) => ({ topic, partition })),
  )
  const bounds = await log.bounds(all)
  return new Map(all.map((at) => [partitionKey(at), { at, end: bounds.get(partitionKey(at))?.end ?? 0 }]))
}

async function behind(world: World, name: ProcessorName, ends: Awaited<ReturnType<typeof endsOf>>): Promise<string[]> {
  const committed = await world.log.committed(
    name,
    [...ends.values()].map(({ at }) => at),
  )
  return [...ends].flatMap(([key, { end }]) => {
    const position = committed.get(key) ?? 0
    return position < end ? [`${name} at ${position} of ${end} on ${key}`] : []
  })
}

/** Whatever can be asked of the servers, asked again while they are coming back, or busy with other things. */
export async function patiently<Answer>(question: () => Promise<Answer>, deadline: number): Promise<Answer> {
  for (;;) {
    try {
      return await question()
    } catch (error) {
      if (isRetriable(error) !== true || performance.now() > deadline) throw error
      await sleep(pollMs)
    }
  }
}

/**
 * Waits until processors have committed what lay before them when the fault was over. Gives the time it took, in milliseconds;
 * throws {@link NotRecoveredError}.
 */
export async function recovered(world: World, names: readonly ProcessorName[]): Promise<number> {
  const startedAt = performance.now()
  const deadline = startedAt + withinMs
  const ends = new Map<ProcessorName, Awaited<ReturnType<typeof endsOf>>>()
  for (const name of names) ends.set(name, await patiently(() => endsOf(world, name), deadline))
  for (;;) {
    const late: string[] = []
    for (const [name, end] of ends) late.push(...(await patiently(() => behind(world, name, end), deadline)))
    if (late.length === 0) return performance.now() - startedAt
    if (performance.now() > deadline) throw new NotRecoveredError(late, withinMs)
    await sleep(pollMs)
  }
}
