import type { RecordCodec } from '../../avro/codec.ts'
import { TAPE, TAPE_BAR } from '../../processors/ingest/tape-record.ts'
import type { DataRecord, InputRecord, OutputRecord } from '../../processors/processor.ts'
import type { Log } from '../../streams/port.ts'
import { chainTopicId, runTopics } from '../../topics/run-topics.ts'
import { BackfillRefusedError } from './backfill-error.ts'
import { createCorrectedTape } from './corrected-tape.ts'
import { barKey } from './corrections.ts'
import { type Comparison, LiveRows } from './live-rows.ts'
import { MarketSource } from './market-source.ts'
import type { BackfillPlan } from './plan.ts'
import { readAll } from './read-log.ts'
import { type EncodedRow, type RowTarget, RunWriter } from './run-writer.ts'
import { findRun, type Run, runRecord } from './runs.ts'
import { type Stages, SymbolChain } from './symbol-chain.ts'

const rowsPerTransaction = 400

/** What a rebuild is done with. */
export type RebuildOptions = {
  readonly log: Log
  readonly codec: RecordCodec
  readonly plan: BackfillPlan
  readonly runId: string
  readonly symbol: string
  readonly partition: number
  readonly graceMs: number
  readonly stages: Stages
  /** The run that is corrected. */
  readonly baseRunId: string
  /** Version of this package. */
  readonly release: string
  /** UTC epoch milliseconds. */
  readonly now: () => number
  /** Only these features of a view are wanted; every other field must be as it is in the live rows. */
  readonly fill?: FeatureFill | undefined
  /** Makes the topics of the run. Without it nothing is written: a dry run. */
  readonly createTopics?: (runId: string) => Promise<void>
  readonly onProgress?: (done: number, total: number) => void
}

/** Features of a view whose history is to be filled, by what tells their fields from those that stay as they are. */
export type FeatureFill = { readonly topic: string; readonly isOurs: (field: string) => boolean }

/** What a rebuild came to. */
export type Rebuilt = {
  /** Records of the corrected tape that were folded. */
  readonly folded: number
  /** How the rows compare with those of the live run, by topic of the chain, in its order. */
  readonly comparisons: ReadonlyMap<string, Comparison>
  /** Rows written now; those that were there already are not among them. */
  readonly written: number
  /** Records that a processor would not take, in words. */
  readonly refused: readonly string[]
  /** The run as it is in the log; absent after a dry run. */
  readonly run?: Run
}

const dryRun: RowTarget = { write: async () => 0, finish: async () => 0, close: async () => {} }

/**
 * Folds the corrected tape of a symbol and writes the rows from `plan.fromTs` on to the topics of the run, each once. Throws
 * `RunDiffersError` when these hold other rows already.
 */
export async function rebuild(options: RebuildOptions): Promise<Rebuilt> {
  await options.createTopics?.(options.runId)
  const { target, known } = await openRun(options)
  const rebuilding = new Rebuilding(options, target, known)
  try {
    return await rebuilding.run()
  } finally {
    await rebuilding.close()
  }
}

/** Where the rows go, and what the log says of the run if it is finished. */
async function openRun(options: RebuildOptions): Promise<{ target: RowTarget; known?: Run | undefined }> {
  const { log, codec, runId, partition, createTopics, fill } = options
  if (createTopics === undefined) return { target: dryRun }
  const writer = await RunWriter.open(log, runId, fill?.topic)
  try {
    // Whoever had the run is shut out by now: until then they may finish it, and it may be adopted.
    const known = await findRun(log, codec, partition, runId)
    if (known !== undefined) writer.seal()
    return { target: writer, known }
  } catch (error) {
    await writer.close()
    throw error
  }
}

class Rebuilding {
  readonly #options: RebuildOptions
  readonly #target: RowTarget
  readonly #known: Run | undefined
  readonly #live: ReadonlyMap<string, LiveRows>
  readonly #market: MarketSource
  readonly #chain: SymbolChain
  readonly #refused: string[] = []
  #bars: OutputRecord[] = []
  #folded = 0
  #written = 0
  #newestTs: number

  constructor(options: RebuildOptions, target: RowTarget, known: Run | undefined) {
    const { log, codec, plan, runId, symbol, partition, stages, fill } = options
    const { fromTs, stateEnd } = plan
    const ids = runTopics(runId, fill?.topic).map(({ id }) => chainTopicId(id, runId))
    this.#options = options
    this.#target = target
    this.#known = known
    this.#live = new Map(
      ids.map((id) => [id, new LiveRows(log, codec, { topic: id, partition }, symbol, fromTs, fill?.isOurs)]),
    )
    this.#market = new MarketSource(log, codec, partition, symbol, stateEnd)
    this.#newestTs = fromTs
    this.#chain = new SymbolChain({
      stages,
      market: this.#market,
      partition,
      fromTs,
      onRefused: ({ topic, timestamp }, reason, message) =>
        this.#refused.push(`${topic} of ${new Date(timestamp).toISOString()}: ${reason}: ${message}`),
    })
  }

  async run(): Promise<Rebuilt> {
    const { log, codec, plan, symbol, partition, graceMs, onProgress } = this.#options
    const { tapeEnd } = plan
    const tape = createCorrectedTape({ symbol, partition, graceMs, ...tapeCorrections(plan) })
    for await (const batch of readAll(log, codec, { topic: TAPE, partition }, { end: tapeEnd })) {
      for (const record of batch) {
        if (isAbandoned(record, plan)) continue
        await this.#fold(tape.take(record))
        if (this.#chain.waiting + this.#bars.length >= rowsPerTransaction) {
          this.#written += await this.#target.write(await this.#cut())
        }
      }
      onProgress?.(batch.at(-1)?.offset ?? 0, tapeEnd)
    }
    await this.#fold(tape.finish())
    const result = await this.#finish(await this.#cut())
    onProgress?.(tapeEnd, tapeEnd)
    return result
  }

  async close(): Promise<void> {
    const live = [...this.#live.values()].map((each) => each.close())
    await Promise.all([this.#target.close(), this.#market.close(), ...live])
  }

  async #fold(records: readonly InputRecord[]): Promise<void> {
    for (const record of records) {
      this.#folded += 1
      await this.#chain.take(record)
      if (record.kind !== 'data' || record.recordName !== TAPE_BAR || record.timestamp < this.#options.plan.fromTs)
        continue
      this.#bars.push(asRow(record))
    }
  }

  /** The rows since the last cut, encoded, and compared with those of the live run. */
  async #cut(): Promise<EncodedRow[]> {
    const { codec, fill } = this.#options
    const made = [...this.#bars, ...(await this.#chain.rows())]
    const outputs = made.filter(({ topic }) => fill === undefined || topic === fill.topic)
    this.#bars = []
    const rows: EncodedRow[] = []
    for (const output of outputs) {
      const { topic, recordName, timestamp } = output
      const value = codec.encode(topic, recordName, output.value)
      const decoded = codec.decode(topic, value)
      if (decoded.kind !== 'value') throw new Error(`A row of ${topic} cannot be read again: ${decoded.kind}`)
      const live = this.#live.get(topic)
      const isLive = await live?.compare(decoded.value)
      if (fill !== undefined) checkUnchanged(live?.comparison, topic)
      // What the live chain has not made yet, it makes with the new features itself.
      if (fill !== undefined && isLive !== true) continue
      this.#newestTs = Math.max(this.#newestTs, timestamp)
      rows.push({ output, value })
    }
    return rows
  }

  /** Writes the last rows, and with them that the run is finished. */
  async #finish(rows: readonly EncodedRow[]): Promise<Rebuilt> {
    const { codec, partition, createTopics } = this.#options
    const comparisons = new Map([...this.#live].map(([id, { comparison }]) => [id, comparison]))
    const result = { folded: this.#folded, comparisons, refused: this.#refused }
    if (createTopics === undefined) return { ...result, written: 0 }
    const run = this.#known ?? this.#finishedRun(comparisons)
    const record = this.#known ? undefined : runRecord(codec, partition, run, run.finished_at)
    this.#written += await this.#target.finish(rows, record)
    return { ...result, written: this.#written, run }
  }

  #finishedRun(comparisons: ReadonlyMap<string, Comparison>): Run {
    const { plan, runId, symbol, baseRunId, release, now } = this.#options
    return {
      run_id: runId,
      symbol,
      base_run_id: baseRunId,
      from_ts: plan.fromTs,
      to_ts: this.#newestTs,
      tape_end_offset: plan.tapeEnd,
      state_end_offset: plan.stateEnd,
      corrected_bars: plan.corrections.length,
      rows: Object.fromEntries([...comparisons].map(([topic, { rows }]) => [topic, rows])),
      release,
      finished_at: now(),
      adopted_at: null,
    }
  }
}

/** A backfill of features changes no field but theirs. Throws {@link BackfillRefusedError} where one would be another. */
function checkUnchanged(comparison: Comparison | undefined, topic: string): void {
  const first = comparison?.first
  if (first === undefined) return
  throw new BackfillRefusedError(
    `${first.field} of ${topic} at ${new Date(first.ts).toISOString()} is ${String(first.live)} and would become ${String(first.run)}: ` +
      'name it among --features if it is new; if it is not, `barline catalog diff` says what has changed',
  )
}

function tapeCorrections({ corrections }: BackfillPlan) {
  const replaced = corrections.filter(({ old }) => old !== undefined)
  return { bars: corrections.map(({ bar }) => bar), replaced: new Set(replaced.map(({ bar }) => barKey(bar))) }
}

/** The live engine threw on the record and went on without it; a corrected bar is tried again. */
function isAbandoned(record: InputRecord, { abandoned, corrections }: BackfillPlan): boolean {
  if (!abandoned.has(record.offset) || record.kind !== 'data') return false
  return !corrections.some(({ old }) => old !== undefined && old.source_offset === record.value.source_offset)
}

function asRow({ topic, key, recordName, value, timestamp }: DataRecord): OutputRecord {
  return { topic, key, recordName, value, timestamp }
}
