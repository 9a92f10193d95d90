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

/** Whoever can write to the topic spoils a record of the newest snapshots of a task; then the worker is killed. */
async function spoilSnapshots(world: World, choice: Choice): Promise<Happening> {
  const { fleet, log, codec, config } = world
  const name = choice.of(folding)
  const topic = snapshotTopicId(name)
  const how = choice.of(Object.keys(spoilings) as [keyof typeof spoilings, ...(keyof typeof spoilings)[]])
  const partition = name === 'breadth' ? 0 : choice.between(0, config.partitions - 1)
  const newest = new Map<string, Buffer>()
  for await (const { raw } of new RunReader(log, codec, config.partitions).decoded({ topic, partition })) {
    if (raw.key && raw.value) newest.set(raw.key.toString('utf8'), raw.value)
  }
  const pieces = [...newest].filter(([key]) => !key.endsWith('manifest'))
  const records = pieces.map(([key, value]) => {
    return { topic, partition, key: Buffer.from(key), value: spoilings[how](value), timestamp: 0, headers: {} }
  })
  const writer = await log.writer(`spoiler-${name}-${partition}`)
  try {
    await writer.fence()
    await writer.commit({ records })
  } finally {
    await writer.close()
  }
  const ignoredBefore = fleet.counts.get('snapshot-ignored') ?? 0
  const [member] = fleet.of(name)
  if (member) fleet.kill(member)
  const heir = await fleet.nextAssigned(name, member ? [member] : [])
  await heir.process.event('restored')
  const ignored = (fleet.counts.get('snapshot-ignored') ?? 0) - ignoredBefore
  const evidence = `${how} in ${records.length} pieces of ${topic}[${partition}]; ${ignored} snapshots were named and not used`
  return { happened: records.length > 0, evidence, struck: [name] }
}

/** Snapshots that are not what was written. */
export const snapshots: readonly FaultKind[] = [
  { name: 'snapshot-spoiled', rows: [13], invariants: ['S', 'D'], weight: 3, inject: spoilSnapshots },
]
