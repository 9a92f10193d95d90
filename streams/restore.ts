import { completeHead, type Processor } from '../processors/processor.ts'
import { silentEmit } from './chunk.ts'
import type { RestorableFromOutput } from './definition.ts'
import type { DecodedInput } from './input-record.ts'
import { type LogReader, type Position, partitionKey, type TopicPartition } from './port.ts'
import { placeOf, type Replay, refusedRecords } from './refused-records.ts'
import { readRange } from './task-inputs.ts'

/** One input being read again up to the position committed before. */
class ReplayedInput {
  readonly where: TopicPartition
  readonly #batches: AsyncGenerator<DecodedInput[]>
  readonly #abandoned: ReadonlySet<string>
  #batch: DecodedInput[] = []
  #next = 0

  constructor(
    { codec, signal }: Replay,
    reader: LogReader,
    start: Position,
    end: Position,
    abandoned: ReadonlySet<string>,
  ) {
    this.where = { topic: end.topic, partition: end.partition }
    this.#abandoned = abandoned
    this.#batches = readRange(reader, codec, start, end.offset, { signal })
  }

  /** Makes the next readable record the head; a record that was refused then is passed over. */
  async fill(): Promise<DecodedInput | undefined> {
    for (;;) {
      const { ready } = this
      if (ready) return ready
      if (this.#next < this.#batch.length) {
        this.#next += 1
        continue
      }
      const { value, done } = await this.#batches.next()
      if (done) return undefined
      this.#batch = value
      this.#next = 0
    }
  }

  /** A head that is at hand without reading. */
  get ready(): DecodedInput | undefined {
    const head = this.#batch[this.#next]
    return head?.input && !this.#abandoned.has(placeOf(head.where, head.raw.offset)) ? head : undefined
  }

  take(): void {
    this.#next += 1
  }
}

/**
 * Brings a fold from its state at `starts` to where it was when `ends` were committed: reads every input and applies without
 * emitting. The order among inputs is the processor's own choice; where that would wait for a record behind `ends`, the
 * state does not depend on the order (that is what lets a fold recover this way), so the first one at hand is taken.
 * `letters` are where the dead letters of what was refused since `starts` begin. Gives the number of records applied.
 */
export async function replayInputs(
  replay: Replay,
  processor: Processor,
  starts: readonly Position[],
  ends: readonly Position[],
  letters: readonly Position[],
): Promise<number> {
  if (ends.every((end, index) => end.offset <= (starts[index]?.offset ?? 0))) return 0
  const reader = await replay.log.reader()
  let applied = 0
  try {
    // The records on which the processor threw until they were given up: the state went on without them.
    const abandoned = await refusedRecords(replay, reader, letters, 'PROCESSING_FAILED')
    const inputs = ends.map((end, index) => new ReplayedInput(replay, reader, starts[index] ?? end, end, abandoned))
    await Promise.all(inputs.map((input) => input.fill()))
    for (;;) {
      const heads = inputs.map(({ where, ready }) => completeHead(where, ready?.input, !ready))
      const chosen = inputs[processor.select(heads) ?? heads.findIndex(({ record }) => record)]
      const record = chosen?.ready?.input
      if (!chosen || !record) return applied
      processor.apply(record, silentEmit)
      chosen.take()
      if (!chosen.ready) await chosen.fill()
      applied += 1
    }
  } finally {
    await reader.close()
  }
}

/** Brings a fold from its state at `start` of its own output to the end of it. Gives the number of records taken back. */
export async function replayOutput(
  { log, codec, signal }: Replay,
  processor: RestorableFromOutput,
  start: Position,
): Promise<number> {
  const end = (await log.bounds([start])).get(partitionKey(start))?.end ?? 0
  if (end <= start.offset) return 0
  const reader = await log.reader()
  let applied = 0
  try {
    for await (const batch of readRange(reader, codec, start, end, { signal })) {
      for (const { input } of batch) {
        if (!input) continue
        processor.takeBack(input)
        applied += 1
      }
    }
    return applied
  } finally {
    await reader.close()
  }
}
