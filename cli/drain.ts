import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessorDefinition } from '../streams/definition.ts'
import { isRetriable } from '../streams/errors.ts'
import { type Log, partitionKey, type TopicPartition } from '../streams/port.ts'

/** How far behind a processor is: records (and control records) not yet committed, by input. */
export type Lag = { readonly processor: string; readonly records: number; readonly where: string | undefined }

/** What is to be waited for. */
export type DrainOptions = {
  readonly log: Log
  readonly definitions: readonly Pick<ProcessorDefinition, 'name' | 'inputs'>[]
  readonly partitions: number
  /** Give up when nothing has moved for so long. */
  readonly stallMs: number
  readonly onLag?: (lags: readonly Lag[]) => void
  /** Rejects when waiting makes no sense any more. */
  readonly failure?: Promise<never>
}

/** The chain stands still although it has not read everything. */
export class StalledError extends Error {
  readonly code = 'STALLED'
  readonly retriable = false
  constructor(lags: readonly Lag[], stallMs: number) {
    const behind = lags
      .filter(({ records }) => records > 0)
      .map(({ processor, records, where }) => `${processor} is ${records} behind on ${where}`)
    super(`Nothing has moved for ${Math.round(stallMs / 1000)} s: ${behind.join('; ')}. See the logs of these workers`)
    this.name = 'StalledError'
  }
}

/** Each look asks for the positions of every group, which takes the broker as much as a transaction of each. */
const pollMs = 400
const calmPollMs = 100

/** Lag of each processor: end of its inputs against its committed positions. */
export async function readLags({
  log,
  definitions,
  partitions,
}: Pick<DrainOptions, 'log' | 'definitions' | 'partitions'>): Promise<Lag[]> {
  const inputsOf = (topics: readonly string[]): TopicPartition[] =>
    topics.flatMap((topic) => Array.from({ length: partitions }, (_, partition) => ({ topic, partition })))
  const all = [...new Set(definitions.flatMap(({ inputs }) => inputs))]
  // Positions first: what is written while the ends are asked for counts as unread then. The other way round, a processor that writes
  // between the two questions and commits before the second would seem done, and its successors too.
  const positions = await Promise.all(definitions.map(({ name, inputs }) => log.committed(name, inputsOf(inputs))))
  const bounds = await log.bounds(inputsOf(all))
  return definitions.map(({ name, inputs }, index) => {
    const lags = inputsOf(inputs).map((each) => {
      const where = partitionKey(each)
      const bound = bounds.get(where) ?? { start: 0, end: 0 }
      return { where, records: bound.end - (positions[index]?.get(where) ?? bound.start) }
    })
    const worst = lags.reduce((most, lag) => (lag.records > most.records ? lag : most), { where: '', records: 0 })
    return {
      processor: name,
      records: lags.reduce((sum, { records }) => sum + records, 0),
      where: worst.where || undefined,
    }
  })
}

/**
 * Waits until every processor has committed the end of its inputs, twice in a row. A log that does not answer, as one does whose
 * coordinators are still electing themselves, is asked again. Throws {@link StalledError}, or what the log says after so long.
 */
export async function drained(options: DrainOptions): Promise<void> {
  let calm = 0
  let lastPicture = ''
  let movedAt = performance.now()
  while (calm < 2) {
    const asked = Promise.race([readLags(options), ...(options.failure ? [options.failure] : [])])
    const lags = await asked.catch((error: unknown) => {
      if (isRetriable(error) !== true || performance.now() - movedAt > options.stallMs) throw error
    })
    if (!lags) {
      await sleep(pollMs)
      continue
    }
    options.onLag?.(lags)
    calm = lags.every(({ records }) => records === 0) ? calm + 1 : 0
    const picture = JSON.stringify(lags)
    if (picture !== lastPicture || calm > 0) movedAt = performance.now()
    lastPicture = picture
    if (performance.now() - movedAt > options.stallMs) throw new StalledError(lags, options.stallMs)
    if (calm < 2) await sleep(calm > 0 ? calmPollMs : pollMs)
  }
}
