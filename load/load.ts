import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordCodec } from '../avro/codec.ts'
import type { Calendar } from '../catalog/calendar.ts'
import type { Marker } from '../processors/processor.ts'
import { FencedError } from '../streams/errors.ts'
import { partitionOfKey } from '../streams/kafka/partitioner.ts'
import { markerRecord } from '../streams/marker-record.ts'
import type { Log, OutgoingRecord } from '../streams/port.ts'
import { topics } from '../topics/topics.ts'
import { refuseBehindClock } from './behind-clock.ts'
import { newestMarker } from './clock.ts'
import type { FileKind } from './file-kind.ts'
import { LoadRefusedError } from './load-error.ts'
import { type LoadFile, toLoadFile } from './load-file.ts'
import { checkOptions, readLedger } from './load-ledger.ts'
import { planLoad, type Step } from './plan.ts'
import type { RawInput } from './rows.ts'
import { readTableFile } from './table-file.ts'

/** How the end of a load is sent; `onReached` is awaited before its first transaction. */
export type PacedTail = {
  readonly groups: number
  readonly intervalMs: number
  readonly onReached?: () => Promise<void>
}

/** What a load is done with. */
export type LoadOptions = {
  readonly log: Log
  readonly codec: RecordCodec
  readonly partitions: number
  readonly delayMs: number
  readonly publishedAfterMs?: number | undefined
  readonly graceMs: number
  /** What all files hold, where their headers are not to decide. */
  readonly kind?: FileKind | undefined
  readonly calendarOf: (symbol: string) => Calendar
  /** Sends the steps of the last `groups` distinct times one by one, `intervalMs` apart, as a live feed would. */
  readonly paceTail?: PacedTail
  readonly onProgress?: (done: number, total: number) => void
  readonly onRefused?: (file: string, line: number, why: string) => void
  readonly signal?: AbortSignal
}

/** What a load did. `produced` counts rows, also those that are written to every partition, once. */
export type LoadResult = {
  readonly loadId: string
  readonly produced: number
  readonly refused: number
  readonly markers: number
  readonly skippedRows: number
}

const stepsPerTransaction = 2_000

function hashOf(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** What decides the records of a file and their order beside its content; pace and progress do not. */
function optionsHashOf({ kind, rows }: LoadFile, { delayMs, publishedAfterMs, graceMs }: LoadOptions): string {
  const timeframes = new Set(rows.flatMap(({ input }) => input?.bar?.timeframe ?? []))
  // Version 2 had bars of several timeframes in another order; a load of those that was cut off then cannot go on.
  const version = timeframes.size > 1 ? 3 : 2
  return hashOf({ version, kind, delayMs, publishedAfterMs, graceMs })
}

function loadIdOf(files: readonly LoadFile[], options: LoadOptions): string {
  const epochs = topics.filter(({ owner }) => owner === 'loaders').map(({ id, epoch }) => [id, epoch])
  const contents = files.map((file) => [file.sha256, optionsHashOf(file, options)])
  return `load-${hashOf([contents, epochs]).slice(0, 32)}`
}

/**
 * The transactional id of all loads of an installation. They take turns: the ledger and the clock that a load has read are to hold until
 * it ends, or rows that two loads share would be written twice, and markers of the one would pass bars of the other.
 */
const LOADS = 'loads'

/**
 * Loads files of bars and side inputs onto the raw topics as one load, merged by `known_at`, clock markers included, each row
 * once: rows, markers and the ranges they complete are written in the same transactions, and a load that was cut off goes on
 * where it stopped. Throws {@link LoadRefusedError} when it cannot be done, and what the log throws.
 */
export async function load(paths: readonly string[], options: LoadOptions): Promise<LoadResult> {
  if (options.delayMs > options.graceMs) {
    throw new LoadRefusedError(
      `A delay of ${options.delayMs} ms is over the grace of ${options.graceMs} ms: each bar would come after its barrier closed`,
    )
  }
  const tables = await Promise.all(paths.map((path) => readTableFile(path)))
  const files = tables.map((table) => toLoadFile(table, options, options.kind))
  const twice = files.find((file, index) => files.findIndex(({ sha256 }) => sha256 === file.sha256) !== index)
  if (twice) throw new LoadRefusedError(`${twice.name} is given twice (same content)`)
  // Before another load that may be running is shut out: one that is refused anyway leaves it alone.
  await prepared(files, options)
  const writer = await options.log.writer(LOADS)
  try {
    await writer.fence()
    const { loadedRows, steps } = await prepared(files, options)
    reportRefused(files, loadedRows, options)
    return await new LoadRun(files, options, loadedRows).run(steps, (records) => writer.commit({ records }))
  } catch (error) {
    if (!(error instanceof FencedError)) throw error
    throw new LoadRefusedError(
      'Another load has begun since and shut this one out: loads of one installation take turns. Once it is done, the same command ' +
        'goes on where this one has stopped',
    )
  } finally {
    await writer.close()
  }
}

/** What a load has to do as things stand. Throws {@link LoadRefusedError} when it cannot be done. */
async function prepared(files: readonly LoadFile[], options: LoadOptions) {
  const ledger = await readLedger(options.log, options.codec)
  for (const file of files) checkOptions(file.name, ledger.get(file.sha256), optionsHashOf(file, options))
  const loadedRows = files.map(({ sha256 }) => ledger.get(sha256)?.nextRow ?? 0)
  const clock = await newestMarker(options.log, options.codec)
  const steps = planLoad(files, { ...options, loadedRows, clock })
  refuseBehindClock(steps, clock, options.graceMs)
  return { loadedRows, steps }
}

function reportRefused(files: readonly LoadFile[], loadedRows: readonly number[], { onRefused }: LoadOptions): void {
  for (const [index, { name, refused }] of files.entries()) {
    if ((loadedRows[index] ?? 0) > 0) continue
    for (const { line, why } of refused) onRefused?.(name, line, why)
  }
}

function onEveryPartition(record: OutgoingRecord, partitions: number): OutgoingRecord[] {
  return Array.from({ length: partitions }, (_, partition) => ({ ...record, partition }))
}

class LoadRun {
  readonly #files: readonly LoadFile[]
  readonly #options: LoadOptions
  readonly #loadId: string
  /** Once for each file: a hash looks at every row, and a paced load has a range for each time. */
  readonly #optionsHashes: readonly string[]
  readonly #nextRows: number[]
  readonly #skipped: number
  #produced = 0
  #refused = 0
  #markers = 0

  constructor(files: readonly LoadFile[], options: LoadOptions, loadedRows: readonly number[]) {
    this.#files = files
    this.#options = options
    this.#loadId = loadIdOf(files, options)
    this.#optionsHashes = files.map((file) => optionsHashOf(file, options))
    this.#nextRows = [...loadedRows]
    this.#skipped = loadedRows.reduce((sum, rows) => sum + rows, 0)
  }

  async run(steps: readonly Step[], commit: (records: OutgoingRecord[]) => Promise<void>): Promise<LoadResult> {
    const { onProgress, paceTail, signal } = this.#options
    let done = 0
    let isTail = false
    for (const group of cutSteps(steps, paceTail?.groups ?? 0)) {
      signal?.throwIfAborted()
      if (group.isPaced && !isTail) await paceTail?.onReached?.()
      isTail = group.isPaced
      await commit(this.#recordsOf(group.steps))
      done += group.steps.length
      onProgress?.(done, steps.length)
      if (group.isPaced && paceTail && paceTail.intervalMs > 0) await sleep(paceTail.intervalMs)
    }
    return {
      loadId: this.#loadId,
      produced: this.#produced,
      refused: this.#refused,
      markers: this.#markers,
      skippedRows: this.#skipped,
    }
  }

  #recordsOf(steps: readonly Step[]): OutgoingRecord[] {
    const firstRows = [...this.#nextRows]
    const counts = this.#files.map(() => ({ produced: 0, refused: 0 }))
    const records: OutgoingRecord[] = []
    for (const step of steps) {
      if (step.kind === 'marker') {
        this.#markers += 1
        records.push(...this.#markerRecords(step.marker))
        continue
      }
      this.#nextRows[step.file] = step.row + 1
      const count = counts[step.file]
      if (!step.input) {
        if (count) count.refused += 1
        continue
      }
      if (count) count.produced += 1
      records.push(...this.#rowRecords(step.input))
    }
    for (const [file, count] of counts.entries()) {
      this.#produced += count.produced
      this.#refused += count.refused
      const range = this.#rangeRecord(file, firstRows[file] ?? 0, count)
      if (range) records.push(range)
    }
    return records
  }

  #rowRecords({ topic, recordName, key, value, knownAt, isMarketWide }: RawInput): OutgoingRecord[] {
    const { codec, partitions } = this.#options
    const record = {
      topic,
      partition: isMarketWide ? 0 : partitionOfKey(key, partitions),
      key: Buffer.from(key, 'utf8'),
      value: codec.encode(topic, recordName, value),
      timestamp: knownAt,
      headers: {},
    }
    return isMarketWide ? onEveryPartition(record, partitions) : [record]
  }

  #markerRecords(marker: Marker): OutgoingRecord[] {
    const record = markerRecord(this.#options.codec, { topic: 'clock', partition: 0 }, marker)
    return onEveryPartition(record, this.#options.partitions)
  }

  #rangeRecord(
    index: number,
    firstRow: number,
    { produced, refused }: { produced: number; refused: number },
  ): OutgoingRecord | undefined {
    const file = this.#files[index]
    const nextRow = this.#nextRows[index] ?? firstRow
    if (!file || nextRow === firstRow) return undefined
    const value = {
      load_id: this.#loadId,
      file_sha256: file.sha256,
      file_name: file.name,
      options_hash: this.#optionsHashes[index] ?? '',
      first_row: firstRow,
      next_row: nextRow,
      rows_total: file.rows.length,
      produced,
      refused,
      last: nextRow === file.rows.length,
    }
    return {
      topic: 'loads',
      partition: 0,
      key: Buffer.from(file.sha256, 'utf8'),
      value: this.#options.codec.encode('loads', 'barline.loads.LoadedRange', value),
      timestamp: Date.now(),
      headers: {},
    }
  }
}

type StepGroup = { readonly steps: readonly Step[]; readonly isPaced: boolean }

function timeOf(step: Step): number {
  return step.kind === 'marker' ? step.marker.known_at : (step.input?.knownAt ?? Number.NEGATIVE_INFINITY)
}

/** Steps by transaction: as many as go into one, and at the end (when asked) one group for each distinct time. */
function cutSteps(steps: readonly Step[], pacedGroups: number): StepGroup[] {
  const groups: StepGroup[] = []
  let end = steps.length
  const paced: StepGroup[] = []
  while (paced.length < pacedGroups && end > 0) {
    const time = timeOf(steps[end - 1] as Step)
    let start = end
    while (start > 0 && timeOf(steps[start - 1] as Step) === time) start -= 1
    paced.unshift({ steps: steps.slice(start, end), isPaced: true })
    end = start
  }
  for (let start = 0; start < end; start += stepsPerTransaction) {
    groups.push({ steps: steps.slice(start, Math.min(start + stepsPerTransaction, end)), isPaced: false })
  }
  return [...groups, ...paced]
}
