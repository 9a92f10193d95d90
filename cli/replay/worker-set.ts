import type { RecordCodec } from '../../avro/codec.ts'
import type { ProcessorDefinition } from '../../streams/definition.ts'
import { createWorkerMetrics } from '../../streams/metrics.ts'
import type { Log } from '../../streams/port.ts'
import type { ChunkLimits } from '../../streams/runner.ts'
import { Worker } from '../../streams/worker.ts'
import { statelessProcessors } from '../../topics/topics.ts'
import type { Say } from '../connect.ts'

/** One worker of each processor, in this process or in another. */
export type WorkerSet = {
  /** Rejects when one of them cannot go on. */
  readonly failure: Promise<never>
  /** Finishes the transactions under way and leaves the groups. */
  stop(): Promise<void>
}

/** What a set of workers is started with. */
export type WorkerSetOptions = {
  readonly definitions: readonly ProcessorDefinition[]
  readonly partitions: number
  readonly runId: string
  readonly log: Log
  /** The log as processors without state see it, if differently. */
  readonly stateless?: Log
  readonly codec: RecordCodec
  readonly limits?: Partial<ChunkLimits>
  /** Version of the software, for snapshots. */
  readonly release?: string
  readonly say?: Say
}

/** Starts a worker of each processor in this process; resolves when all have joined their groups. */
export async function startWorkerSet(options: WorkerSetOptions): Promise<WorkerSet> {
  const { definitions, partitions, runId, log, codec, limits, release, say = () => {} } = options
  const { stateless = log } = options
  const joined: Promise<void>[] = []
  const workers = definitions.map((definition) => {
    const { promise, resolve } = withResolver()
    joined.push(promise)
    return new Worker({
      definition,
      partitions,
      runId,
      log: statelessProcessors.includes(definition.name) ? stateless : log,
      codec,
      metrics: createWorkerMetrics(definition.name),
      ...(limits ? { limits } : {}),
      ...(release === undefined ? {} : { release }),
      onEvent: (event, details) => {
        if (event === 'assigned') resolve()
        say(event, { of: definition.name, ...details })
      },
    })
  })
  const failure = failureOf(workers.map(({ finished }) => finished))
  const stop = async () => void (await Promise.all(workers.map((worker) => worker.stop())))
  try {
    for (const worker of workers) await worker.start()
    await Promise.race([Promise.all(joined), failure])
    return { failure, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A promise that rejects as the first of these does, and never resolves. */
export function failureOf(ends: readonly Promise<unknown>[]): Promise<never> {
  const failure = Promise.race(ends.map((end) => end.then(() => new Promise<never>(() => undefined))))
  // Whoever waits races it; a failure that comes before or after that must not count as unhandled.
  failure.catch(() => undefined)
  return failure
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
