import {
  completeHead,
  type DataRecord,
  type Emit,
  type InputHead,
  type InputRecord,
  type Processor,
} from '../processors/processor.ts'

/** A record without its place; the chain numbers it where it arrives. */
export type OfflineRecord =
  | {
      readonly kind: 'data'
      readonly topic: string
      readonly record: Omit<DataRecord, 'kind' | 'topic' | 'partition' | 'offset'>
    }
  | {
      readonly kind: 'marker'
      readonly topic: string
      readonly marker: Extract<InputRecord, { kind: 'marker' }>['marker']
    }

/** A processor of the chain and the topics it reads, in order. */
export type OfflineStage = { readonly processor: Processor; readonly inputs: readonly string[] }

type Queue = { readonly topic: string; records: InputRecord[]; next: number }

/** The chain in memory: one partition, no broker, every processor run as far as its inputs let it after each record. */
export interface OfflineChain {
  /** Appends a record to a topic and lets the stages work. */
  feed(record: OfflineRecord): void
  /** Tells every stage that nothing more comes. Returns how many records are left that no stage would take. */
  finish(): number
}

/**
 * Puts stages together by their topics. `onRecord` sees every data record that a stage writes, `onRefusal` every record that one
 * refuses. With one partition and inputs in the order of a load, the outputs are those of the real chain.
 */
export function createOfflineChain(
  stages: readonly OfflineStage[],
  onRecord: (record: DataRecord) => void,
  onRefusal: (topic: string, key: string, message: string) => void,
): OfflineChain {
  const offsets = new Map<string, number>()
  const running = stages.map(({ processor, inputs }) => ({
    processor,
    queues: inputs.map((topic): Queue => ({ topic, records: [], next: 0 })),
  }))
  let isFinished = false

  const append = (given: OfflineRecord): void => {
    const { topic } = given
    const offset = offsets.get(topic) ?? 0
    offsets.set(topic, offset + 1)
    const place = { topic, partition: 0, offset }
    const record: InputRecord =
      given.kind === 'data'
        ? { kind: 'data', ...place, ...given.record }
        : { kind: 'marker', ...place, timestamp: given.marker.ts, marker: given.marker }
    for (const { queues } of running) queues.find((queue) => queue.topic === topic)?.records.push(record)
    if (record.kind === 'data') onRecord(record)
  }

  const emitFor = (input: InputRecord): Emit => ({
    record: ({ topic, headers, partition: _, ...rest }) =>
      append({ kind: 'data', topic, record: { ...rest, headers: headers ?? {} } }),
    marker: (topic, marker) => append({ kind: 'marker', topic, marker }),
    refuse: ({ reason, message }) =>
      onRefusal(input.topic, input.kind === 'data' ? input.key : '', `${reason}: ${message}`),
    duplicate: () => undefined,
    leaveOut: () => undefined,
  })

  const step = (processor: Processor, queues: readonly Queue[]): boolean => {
    const heads = queues.map(({ topic, records, next }): InputHead => {
      return completeHead({ topic, partition: 0 }, records[next], isFinished || next === records.length)
    })
    const chosen = queues[processor.select(heads) ?? -1]
    const record = chosen?.records[chosen.next]
    if (!chosen || !record) return false
    chosen.next += 1
    if (chosen.next === chosen.records.length) {
      chosen.records = []
      chosen.next = 0
    }
    processor.apply(record, emitFor(record))
    return true
  }

  const work = (): void => {
    let moved = true
    while (moved) {
      moved = false
      for (const { processor, queues } of running) while (step(processor, queues)) moved = true
    }
  }

  return {
    feed(record) {
      append(record)
      work()
    },
    finish() {
      isFinished = true
      work()
      return running
        .flatMap(({ queues }) => queues)
        .reduce((left, { records, next }) => left + records.length - next, 0)
    },
  }
}
