import {
  completeHead,
  type DataRecord,
  type Emit,
  type InputRecord,
  type Marker,
  type MarkerRecord,
  type OutputRecord,
  type Processor,
} from '../../../processors/processor.ts'
import type { Refusal } from '../../../processors/refusal.ts'

/** One thing that a processor did while it applied a record. */
export type Emission =
  | { readonly kind: 'record'; readonly output: OutputRecord }
  | {
      readonly kind: 'marker'
      readonly topic: string
      readonly marker: Marker
      readonly partition?: number | undefined
    }
  | { readonly kind: 'refusal'; readonly refusal: Refusal; readonly of: InputRecord }
  | { readonly kind: 'duplicate'; readonly of: InputRecord }

/** Applies a record and returns what came of it, in order. */
export function applied(processor: Processor, record: InputRecord): Emission[] {
  const emissions: Emission[] = []
  const emit: Emit = {
    record: (output) => emissions.push({ kind: 'record', output }),
    marker: (topic, marker, partition) => emissions.push({ kind: 'marker', topic, marker, partition }),
    refuse: (refusal) => emissions.push({ kind: 'refusal', refusal, of: record }),
    duplicate: () => emissions.push({ kind: 'duplicate', of: record }),
    leaveOut: () => undefined,
  }
  processor.apply(record, emit)
  return emissions
}

/** Applies records in the order given. */
export function appliedAll(processor: Processor, records: readonly InputRecord[]): Emission[] {
  return records.flatMap((record) => applied(processor, record))
}

/**
 * Feeds whole inputs in the order the processor selects. `available` says how many records of each input have arrived before
 * each choice (default: all); `caughtUp` is true only at the true end of an input.
 */
export function drive(
  processor: Processor,
  inputs: readonly { readonly topic: string; readonly partition: number; readonly records: readonly InputRecord[] }[],
  available: (round: number, input: number) => number = () => Number.POSITIVE_INFINITY,
): Emission[] {
  const positions = inputs.map(() => 0)
  const emissions: Emission[] = []
  for (let round = 0, idle = 0; idle < 1000; round += 1) {
    const heads = inputs.map(({ topic, partition, records }, input) => {
      const position = positions[input] ?? 0
      const record = position < available(round, input) ? records[position] : undefined
      return completeHead({ topic, partition }, record, position >= records.length)
    })
    const chosen = processor.select(heads)
    const record = chosen === undefined ? undefined : heads[chosen]?.record
    if (chosen === undefined || record === undefined) {
      if (positions.every((position, input) => position >= (inputs[input]?.records.length ?? 0))) break
      idle += 1
      continue
    }
    idle = 0
    positions[chosen] = (positions[chosen] ?? 0) + 1
    emissions.push(...applied(processor, record))
  }
  return emissions
}

/** The tape, or any other output partition, as the next processor would read it. */
export function asInput(emissions: readonly Emission[], partition = 0): InputRecord[] {
  const records: InputRecord[] = []
  for (const emission of emissions) {
    const offset = records.length
    if (emission.kind === 'record') {
      const { topic, key, recordName, value, timestamp } = emission.output
      records.push({ kind: 'data', topic, partition, offset, timestamp, key, recordName, value, headers: {} })
    } else if (emission.kind === 'marker') {
      const { topic, marker } = emission
      records.push({ kind: 'marker', topic, partition, offset, timestamp: marker.ts, marker })
    }
  }
  return records
}

/** A data record for a test; give what matters to it. */
export function data(fields: Partial<DataRecord> & Pick<DataRecord, 'topic' | 'recordName' | 'value'>): DataRecord {
  const { symbol } = fields.value
  return {
    kind: 'data',
    partition: 0,
    offset: 0,
    timestamp: Number.MAX_SAFE_INTEGER,
    key: typeof symbol === 'string' ? symbol : '',
    headers: {},
    ...fields,
  }
}

/** A clock marker for a test. */
export function clock(ts: number, fields: Partial<MarkerRecord> = {}, knownAt = ts): MarkerRecord {
  return {
    kind: 'marker',
    topic: 'clock',
    partition: 0,
    offset: 0,
    timestamp: Number.MAX_SAFE_INTEGER,
    marker: { kind: 'clock', ts, known_at: knownAt },
    ...fields,
  }
}
