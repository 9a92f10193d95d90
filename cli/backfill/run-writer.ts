import { createHash, type Hash } from 'node:crypto'
import type { OutputRecord } from '../../processors/processor.ts'
import type { Log, LogWriter, OutgoingRecord } from '../../streams/port.ts'
import { readPartition } from '../../streams/stretch.ts'
import { runTopicId, runTopics } from '../../topics/run-topics.ts'

/** A row of a run with its bytes. */
export type EncodedRow = { readonly output: OutputRecord; readonly value: Buffer }

/** Where the rows of a run go. Both give how many rows were not there yet. */
export interface RowTarget {
  /** Writes rows in one transaction. */
  write(rows: readonly EncodedRow[]): Promise<number>
  /** Writes the last rows, and with them the record that says so unless that is there. */
  finish(rows: readonly EncodedRow[], record: OutgoingRecord | undefined): Promise<number>
  close(): Promise<void>
}

/** The topics of a run hold other rows than this build, this catalog and these models make: another run has to be begun. */
export class RunDiffersError extends Error {
  constructor(runId: string) {
    super(`The topics of ${runId} hold rows that another build, catalog or model made`)
    this.name = 'RunDiffersError'
  }
}

/** The rows that an earlier writing of the same run left on a topic. */
type Written = { readonly rows: number; readonly hash: string }

type Passed = { rows: number; readonly hash: Hash }

/**
 * Writes the rows of a run to its topics, each once: the transactional id is that of the run, so a second writer shuts out the
 * first, and rows that are there already are passed over. They are the same, since a run is a function of its input; where
 * they are not, {@link RunDiffersError} is thrown, at the latest by `finish`.
 */
export class RunWriter implements RowTarget {
  readonly #runId: string
  #isFinished = false
  readonly #writer: LogWriter
  readonly #written: ReadonlyMap<string, Written>
  readonly #passed = new Map<string, Passed>()

  private constructor(runId: string, writer: LogWriter, written: ReadonlyMap<string, Written>) {
    this.#runId = runId
    this.#writer = writer
    this.#written = written
  }

  /** Fences, then reads what is there. The topics of the run exist. */
  static async open(log: Log, runId: string, only?: string): Promise<RunWriter> {
    const writer = await log.writer(runId)
    try {
      await writer.fence()
      const written = new Map<string, Written>()
      for (const { id } of runTopics(runId, only)) written.set(id, await readWritten(log, id))
      return new RunWriter(runId, writer, written)
    } catch (error) {
      await writer.close()
      throw error
    }
  }

  /** The run is finished: it takes no more rows. */
  seal(): void {
    this.#isFinished = true
  }

  async write(rows: readonly EncodedRow[]): Promise<number> {
    return this.#commit(rows.flatMap((row) => this.#pass(row) ?? []))
  }

  async finish(rows: readonly EncodedRow[], record: OutgoingRecord | undefined): Promise<number> {
    const fresh = rows.flatMap((row) => this.#pass(row) ?? [])
    const isShort = [...this.#written].some(([topic, written]) => (this.#passed.get(topic)?.rows ?? 0) < written.rows)
    if (isShort) throw new RunDiffersError(this.#runId)
    await this.#commit(record === undefined ? fresh : [...fresh, record])
    return fresh.length
  }

  close(): Promise<void> {
    return this.#writer.close()
  }

  async #commit(records: readonly OutgoingRecord[]): Promise<number> {
    if (records.length > 0) await this.#writer.commit({ records })
    return records.length
  }

  /** The record to write, or undefined when it is there. */
  #pass({ output, value }: EncodedRow): OutgoingRecord | undefined {
    const place = { topic: runTopicId(output.topic, this.#runId), partition: 0 }
    const written = this.#written.get(place.topic)
    const passed = this.#passed.get(place.topic) ?? { rows: 0, hash: createHash('sha256') }
    this.#passed.set(place.topic, passed)
    passed.rows += 1
    if (written === undefined || passed.rows > written.rows) {
      if (this.#isFinished) throw new RunDiffersError(this.#runId)
      const { key, timestamp, headers = {} } = output
      return { ...place, key: Buffer.from(key, 'utf8'), value, timestamp, headers }
    }
    passed.hash.update(value)
    if (passed.rows === written.rows && passed.hash.digest('hex') !== written.hash)
      throw new RunDiffersError(this.#runId)
    return undefined
  }
}

async function readWritten(log: Log, topic: string): Promise<Written> {
  const hash = createHash('sha256')
  let rows = 0
  for await (const records of readPartition(log, { topic, partition: 0 })) {
    rows += records.length
    for (const { value } of records) hash.update(value ?? '')
  }
  return { rows, hash: hash.digest('hex') }
}
