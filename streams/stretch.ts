import { LogUnavailableError } from './errors.ts'
import { type Log, type LogReader, type LogRecord, type Position, partitionKey, type TopicPartition } from './port.ts'

const readWaitMs = 500
/** Longer than a broker leaves a transaction open whose producer is gone: a minute by Kafka's default, and it looks every ten seconds. */
const longestPatienceMs = 90_000

/** How a stretch is read. */
export type StretchOptions = {
  /** About how much is fetched at once. */
  readonly maxBytes?: number | undefined
  /** Ends the reading by throwing its reason. */
  readonly signal?: AbortSignal | undefined
  /** How long looks may bring nothing. */
  readonly patienceMs?: number
}

/**
 * The committed records of a partition from one offset up to another, a batch at a time. A look that brings nothing ends nothing: a
 * transaction may be open before the end, a new leader may not know the end yet, an answer may be late. Throws
 * {@link LogUnavailableError}, which names the place, when looks have brought nothing for so long that something is wrong.
 */
export async function* readStretch(
  reader: LogReader,
  from: Position,
  toOffset: number,
  { maxBytes, signal, patienceMs = longestPatienceMs }: StretchOptions = {},
): AsyncGenerator<readonly LogRecord[]> {
  let lastProgressAt = performance.now()
  for (let { offset } = from; offset < toOffset; ) {
    signal?.throwIfAborted()
    const [fetched] = await reader.fetch([{ ...from, offset }], readWaitMs, maxBytes)
    const nextOffset = fetched?.nextOffset ?? offset
    if (nextOffset > offset) {
      offset = nextOffset
      const records = fetched?.records.filter((record) => record.offset < toOffset) ?? []
      if (records.length > 0) yield records
      lastProgressAt = performance.now()
    } else if (performance.now() - lastProgressAt > patienceMs) throw stuck(from, offset, toOffset, patienceMs)
  }
}

/** Part of a partition; what is absent is where the partition begins or ends now. */
export type PartitionPart = { readonly start?: number | undefined; readonly end?: number | undefined }

/** {@link readStretch} of a partition with a reader of its own. */
export async function* readPartition(
  log: Log,
  { topic, partition }: TopicPartition,
  { start, end }: PartitionPart = {},
): AsyncGenerator<readonly LogRecord[]> {
  const where = { topic, partition }
  const isBounded = start !== undefined && end !== undefined
  const bounds = isBounded ? undefined : (await log.bounds([where])).get(partitionKey(where))
  const reader = await log.reader()
  try {
    yield* readStretch(reader, { ...where, offset: start ?? bounds?.start ?? 0 }, end ?? bounds?.end ?? 0)
  } finally {
    await reader.close()
  }
}

function stuck(where: TopicPartition, offset: number, toOffset: number, patienceMs: number): LogUnavailableError {
  const seconds = Math.round(patienceMs / 1000)
  return new LogUnavailableError(
    `Reading ${partitionKey(where)} from ${offset} to ${toOffset}`,
    `nothing came for ${seconds} s; a transaction may be open there`,
  )
}
