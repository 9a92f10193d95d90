import type { InputRecord, RestorableProcessor } from '../../processors/processor.ts'
import type { ChunkDefinition, FoldDefinition, ProcessorDefinition } from '../../streams/definition.ts'
import type { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { LogRecord, OutgoingRecord } from '../../streams/port.ts'
import { dataRecord, jsonCodec, markerRecord, unreadableRecord } from '../streams/support/json-codec.ts'
import { createRemembering, mergeDefinition } from '../streams/support/small-processors.ts'
import type { Scenario, Taken } from './scenario.ts'

const partitions = 2
const codec = jsonCodec()
const all = Array.from({ length: partitions }, (_, partition) => partition)

/** What is read of a record of the input, by the models below. */
type Read = {
  readonly key: string
  readonly ts: number
  readonly offset: number
  readonly isReadable: boolean
  readonly isMarker: boolean
}

function read({ key, value, offset, timestamp, headers }: LogRecord): Read {
  const isReadable = String(value) !== '?'
  return {
    key: String(key),
    ts: timestamp,
    offset,
    isReadable,
    isMarker: headers.some(({ name }) => name === 'barline.kind'),
  }
}

/** A fold that numbers the records of each key. `restored` is what it takes of a snapshot: a test may make it forget something. */
export function countingDefinition(restored = (counts: Map<string, number>) => counts): FoldDefinition {
  const create = (): RestorableProcessor => {
    let counts = new Map<string, number>()
    return {
      layoutHash: 'counts by key 1',
      snapshot: () => ({ counts: new Map(counts) }),
      restore: ({ counts: saved }) => {
        counts = restored(new Map(saved as Map<string, number>))
      },
      select: ([head]) => (head?.record ? 0 : undefined),
      apply(record: InputRecord, emit) {
        if (record.kind === 'marker') return
        const count = (counts.get(record.key) ?? 0) + 1
        counts.set(record.key, count)
        const value = { ts: record.timestamp, count }
        emit.record({ topic: 'merged', key: record.key, recordName: 'test.Count', value, timestamp: record.timestamp })
      },
    }
  }
  return { name: 'breadth', kind: 'fold', fanIn: false, inputs: ['left'], create }
}

/** A fan-in fold: numbers what comes over all partitions, of each separately, and writes it to the other partition. */
const fanIn: FoldDefinition = {
  name: 'breadth',
  kind: 'fold',
  fanIn: true,
  inputs: ['left'],
  create: (): RestorableProcessor => {
    const counts = all.map(() => 0)
    return {
      layoutHash: 'counts by partition 1',
      snapshot: () => ({ counts: [...counts] }),
      restore: ({ counts: saved }) => void counts.splice(0, partitions, ...(saved as number[])),
      select: (heads) => {
        const index = heads.findIndex(({ record }) => record)
        return index < 0 ? undefined : index
      },
      apply(record, emit) {
        if (record.kind === 'marker') return
        const count = (counts[record.partition] ?? 0) + 1
        counts[record.partition] = count
        const value = { ts: record.timestamp, count }
        const partition = (record.partition + 1) % partitions
        const output = { key: record.key, recordName: 'test.Count', value, timestamp: record.timestamp, partition }
        emit.record({ topic: 'merged', ...output })
      },
    }
  },
}

/** The plain exactly-once copy. */
const copy: ChunkDefinition = {
  name: 'inference',
  kind: 'chunk',
  fanIn: false,
  inputs: ['left'],
  create: async () => ({
    async applyChunk(records, emits) {
      for (const [index, record] of records.entries()) {
        if (record.kind === 'marker') continue
        const { key, timestamp } = record
        emits(index).record({
          topic: 'merged',
          key,
          recordName: 'test.Count',
          value: { ts: timestamp, count: 1 },
          timestamp,
        })
      }
    },
  }),
}

/** A chunk processor that remembers: numbers the records of each key, those that it refuses too. */
const remember: ChunkDefinition = {
  name: 'inference',
  kind: 'chunk',
  fanIn: false,
  inputs: ['left'],
  create: async () => createRemembering(),
}

/** Transactions over both partitions of some topics, with rising times; some bytes that no codec reads; a marker at the end. */
function input(topics: readonly string[], random: () => number): OutgoingRecord[][] {
  const transactions: OutgoingRecord[][] = []
  const times = new Map<string, number>()
  for (let transaction = 0; transaction < 12; transaction += 1) {
    const records: OutgoingRecord[] = []
    const size = 1 + Math.floor(random() * 4)
    for (let index = 0; index < size; index += 1) {
      const topic = topics[Math.floor(random() * topics.length)] ?? 'left'
      const partition = Math.floor(random() * partitions)
      const ts = (times.get(`${topic}${partition}`) ?? 0) + 1 + Math.floor(random() * 4)
      times.set(`${topic}${partition}`, ts)
      const isReadable = random() > 0.06
      records.push(
        isReadable
          ? dataRecord(topic, partition, `k${Math.floor(random() * 3)}`, ts)
          : unreadableRecord(topic, partition, ts),
      )
    }
    transactions.push(records)
  }
  for (const topic of topics) transactions.push(all.map((partition) => markerRecord(topic, partition, 1_000_000)))
  return transactions
}

/** The outputs partition by partition in their order, and the places of the dead letters. */
function written({ name }: ProcessorDefinition) {
  return (memory: MemoryLog): string[] => [
    ...all.flatMap((partition) =>
      memory.recordsOf({ topic: 'merged', partition }).map((record) => text(partition, record)),
    ),
    ...all
      .flatMap((partition) => memory.recordsOf({ topic: `dead-letters.${name}`, partition }))
      .map(({ value }) => JSON.parse(String(value)).value)
      .map(
        ({ source_topic, source_partition, source_offset }) =>
          `refused ${source_topic}[${source_partition}]@${source_offset}`,
      )
      .sort(),
  ]
}

function text(partition: number, { key, value, headers }: LogRecord): string {
  if (headers.some(({ name }) => name === 'barline.kind')) return `[${partition}] marker`
  const { ts, count, copy: copied = 0 } = JSON.parse(String(value)).value
  return output(partition, String(key), ts, count, copied)
}

const output = (partition: number, key: string, ts: number, count: number, copied = 0) =>
  `[${partition}] ${key} ${ts} #${count}.${copied}`

const refusedIn = (
  topic: string,
  partition: number,
  records: readonly Read[],
  isRefused: (each: Read) => boolean,
): string[] => records.filter(isRefused).map(({ offset }) => `refused ${topic}[${partition}]@${offset}`)

/** The model of a processor of `left` alone: what each readable record becomes. */
function ofLeft(
  definition: ProcessorDefinition,
  countOf: (records: readonly Read[], index: number) => number,
  { shift = 0, refuses = () => false }: { shift?: number; refuses?: (record: Read) => boolean } = {},
): Scenario {
  const expected = (taken: Taken): string[] => {
    const inputs = all.map((partition) => taken({ topic: 'left', partition }).map(read))
    return [
      ...all.flatMap((partition) => {
        const source = (partition + shift) % partitions
        const data = (inputs[source] ?? []).filter(({ isReadable, isMarker }) => isReadable && !isMarker)
        return data.flatMap((record, index) =>
          refuses(record) ? [] : [output(partition, record.key, record.ts, countOf(data, index))],
        )
      }),
      ...inputs
        .flatMap((records, partition) =>
          refusedIn('left', partition, records, (each) => !each.isReadable || (!each.isMarker && refuses(each))),
        )
        .sort(),
    ]
  }
  return {
    name: `${definition.kind}${definition.fanIn ? ' (fan-in)' : ''}`,
    partitions,
    codec,
    definitions: [definition],
    pieceHundreds: 1,
    isOrdered: false,
    input: (random) => input(['left'], random),
    written: written(definition),
    expected,
  }
}

/** The model of the merge: by time, `left` first; every fifth time is a repeat, every seventh is refused, odd ones come twice. */
function mergeExpected(taken: Taken): string[] {
  const refused: string[] = []
  const outputs = all.flatMap((partition) => {
    const merged = ['left', 'right']
      .flatMap((topic, place) => taken({ topic, partition }).map((record) => ({ ...read(record), topic, place })))
      .sort((a, b) => a.ts - b.ts || a.place - b.place || a.offset - b.offset)
    const counts = new Map<string, number>()
    return merged.flatMap(({ topic, key, ts, offset, isReadable, isMarker }) => {
      if (isMarker) return [`[${partition}] marker`]
      if (isReadable && ts % 5 === 0) return []
      if (!isReadable || ts % 7 === 0) {
        refused.push(`refused ${topic}[${partition}]@${offset}`)
        return []
      }
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      return Array.from({ length: 1 + (ts % 2) }, (_, copied) => output(partition, key, ts, count, copied))
    })
  })
  return [...outputs, ...refused.sort()]
}

const sameKey = (records: readonly Read[], index: number): number =>
  records.slice(0, index + 1).filter(({ key }) => key === records[index]?.key).length

/** A fold over one input, as the runtime should run it. */
export const counting = (definition: FoldDefinition = countingDefinition()): Scenario => ({
  ...ofLeft(definition, sameKey),
  name: 'count',
})

/** The small scenarios, by name. */
export const smallScenarios: readonly Scenario[] = [
  counting(),
  { ...ofLeft(fanIn, (_records, index) => index + 1, { shift: 1 }), name: 'fan-in' },
  { ...ofLeft(copy, () => 1), name: 'copy' },
  { ...ofLeft(remember, sameKey, { refuses: ({ ts }) => ts % 7 === 0 }), name: 'remember' },
  {
    name: 'merge',
    partitions,
    codec,
    definitions: [mergeDefinition],
    pieceHundreds: 1,
    isOrdered: false,
    input: (random) => input(['left', 'right'], random),
    written: written(mergeDefinition),
    expected: mergeExpected,
  },
]
