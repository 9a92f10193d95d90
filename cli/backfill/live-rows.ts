import type { RecordCodec } from '../../avro/codec.ts'
import type { Log, LogRecord } from '../../streams/port.ts'
import { isOfKey, readAll } from './read-log.ts'

type Value = Readonly<Record<string, unknown>>

/** Fields that differ between runs although their rows say the same. */
const ofTheRun = new Set(['known_at', 'raw_known_at', 'source_offset', 'run_id', 'score_id'])

/** A field in which two rows differ, and what each has. */
export type Difference = { readonly ts: number; readonly field: string; readonly live: unknown; readonly run: unknown }

/** How the rows of a topic compare with those that are live. */
export type Comparison = {
  rows: number
  /** Rows of a bar that the live run has with other values. */
  differing: number
  /** Rows that the live run has not. */
  added: number
  first: Difference | undefined
}

/** What tells rows of one topic and time apart: the timeframe, and of scores the model. */
function seriesOf({ timeframe, model_id, model_version }: Value): string {
  return [timeframe, model_id, model_version].join('/')
}

/** The rows of a symbol on a topic of the chain, each found once, in the order of time. */
export class LiveRows {
  readonly comparison: Comparison = { rows: 0, differing: 0, added: 0, first: undefined }
  readonly #values: AsyncGenerator<Value>
  readonly #isOurs: (field: string) => boolean
  readonly #waiting = new Map<string, Value[]>()

  /** `isOurs`: whether a field of the run is not compared, since it says something that the live rows do not. */
  constructor(
    log: Log,
    codec: RecordCodec,
    where: { readonly topic: string; readonly partition: number },
    symbol: string,
    fromTs: number,
    isOurs: (field: string) => boolean = () => false,
  ) {
    this.#values = ownRows(log, codec, where, symbol, fromTs)
    this.#isOurs = isOurs
  }

  /**
   * Compares a row of the run with the live one of the same bar; false if there is none. Rows of a series come in order of time.
   */
  async compare(value: Value): Promise<boolean> {
    const ts = Number(value.ts)
    const live = await this.#find(seriesOf(value), ts)
    this.comparison.rows += 1
    if (live === undefined) {
      this.comparison.added += 1
      return false
    }
    const isOther = (name: string) => !ofTheRun.has(name) && !this.#isOurs(name) && !isSame(live[name], value[name])
    const field = Object.keys(value).find(isOther)
    if (field === undefined) return true
    this.comparison.differing += 1
    this.comparison.first ??= { ts, field, live: live[field], run: value[field] }
    return true
  }

  async close(): Promise<void> {
    await this.#values.return(undefined)
  }

  async #find(series: string, ts: number): Promise<Value | undefined> {
    for (;;) {
      const waiting = this.#waitingOf(series)
      while (waiting[0] !== undefined && Number(waiting[0].ts) < ts) waiting.shift()
      if (waiting[0] !== undefined) return Number(waiting[0].ts) === ts ? waiting.shift() : undefined
      const { value, done } = await this.#values.next()
      if (done) return undefined
      this.#waitingOf(seriesOf(value)).push(value)
    }
  }

  #waitingOf(series: string): Value[] {
    const known = this.#waiting.get(series)
    if (known !== undefined) return known
    const fresh: Value[] = []
    this.#waiting.set(series, fresh)
    return fresh
  }
}

async function* ownRows(
  log: Log,
  codec: RecordCodec,
  where: { readonly topic: string; readonly partition: number },
  symbol: string,
  fromTs: number,
): AsyncGenerator<Value> {
  const isOwn = isOfKey(symbol)
  const wants = (record: LogRecord) => isOwn(record) && record.timestamp >= fromTs
  for await (const batch of readAll(log, codec, where, { wants })) {
    for (const record of batch) if (record.kind === 'data' && record.value.timeframe !== undefined) yield record.value
  }
}

/** Whether two values say the same, as what is in the log: a NaN is itself, bytes and lists are compared by what they hold. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  return JSON.stringify(a) === JSON.stringify(b)
}
