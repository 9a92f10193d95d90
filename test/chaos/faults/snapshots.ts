import { setTimeout as sleep } from 'node:timers/promises'
import { type ProcessorName, snapshotTopicId } from '../../../topics/topics.ts'
import { RunReader } from '../audit/run-reader.ts'
import type { World } from '../world.ts'
import type { Choice, FaultKind, Happening } from './fault-kind.ts'

const folding: readonly [ProcessorName, ...ProcessorName[]] = ['engine', 'features', 'breadth']

/** How a record of a snapshot is spoiled; the key stays, so that it takes the place of the sound one. */
const spoilings = {
  'a flipped bit': (value: Buffer) => {
    const copy = Buffer.from(value)
    const last = copy.length - 1
    copy[last] = (copy[last] ?? 0) ^ 0x10
    return copy
  },
  'a cut': (value: Buffer) => value.subarray(0, Math.floor(value.length / 2)),
  'other bytes': () => Buffer.from('no snapshot at all'),
} as const

/** The newest pieces of the snapshots on a partition, by key. */
async function piecesOn({ log, codec, config }: World, topic: string, partition: number): Promise<Map<string, Buffer>> {
  const newest = new Map<string, Buffer>()
  for await (const { raw } of new RunReader(log, codec, config.partitions).decoded({ topic, partition })) {
    const key = raw.key?.toString('utf8') ?? ''
    if (raw.value && !key.endsWith('manifest')) newest.set(key, raw.value)
  }
  return newest
}

/** Whoever can write to the topic spoils every piece of the snapshots of a task, while its worker stands still; then that is killed. */
async function spoilSnapshots(world: World, choice: Choice): Promise<Happening> {
  const { fleet, log, config } = world
  const name = choice.of(folding)
  const topic = snapshotTopicId(name)
  const how = choice.of(Object.keys(spoilings) as [keyof typeof spoilings, ...(keyof typeof spoilings)[]])
  const partition = name === 'breadth' ? 0 : choice.between(0, config.partitions - 1)
  while ((await piecesOn(world, topic, partition)).size === 0) await sleep(1_000)
  const [member] = fleet.of(name)
  member?.process.kill('SIGSTOP')
  const pieces = await piecesOn(world, topic, partition)
  const records = [...pieces].map(([key, value]) => {
    return { topic, partition, key: Buffer.from(key), value: spoilings[how](value), timestamp: 0, headers: {} }
  })
  const writer = await log.writer(`spoiler-${name}-${partition}`)
  try {
    await writer.fence()
    await writer.commit({ records })
  } finally {
    await writer.close()
  }
  if (member) fleet.kill(member)
  const heir = await fleet.nextAssigned(name, member ? [member] : [])
  const task = name === 'breadth' ? `${name}-all` : `${name}-${partition}`
  await heir.process.line(`"event":"restored","task":"${task}"`)
  const ignored = heir.events.filter(({ event, task: whose }) => event === 'snapshot-ignored' && whose === task).length
  const evidence = `${how} in ${records.length} pieces of ${topic}[${partition}]; ${ignored} snapshots were named and not used`
  return { happened: ignored > 0, evidence, struck: [name] }
}

/** Snapshots that are not what was written. */
export const snapshots: readonly FaultKind[] = [
  { name: 'snapshot-spoiled', rows: [13], invariants: ['S', 'D'], weight: 3, inject: spoilSnapshots },
]
