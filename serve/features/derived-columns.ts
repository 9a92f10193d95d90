import { pipeline, Readable } from 'node:stream'
import type { Float32, RecordBatch, RecordBatchReader } from 'apache-arrow'
import { FeatureServiceError } from './errors.ts'

/** Column of an answer of ClickHouse that says of which run a row is; it is taken out. */
export const RUN_COLUMN = 'row_run'

/** The inputs derived at a row, NaN = null; undefined for a row that the history did not have when it was read. */
export type DerivedAt = (symbol: string, ts: number, run: string) => readonly number[] | undefined

/**
 * An Arrow stream with the columns `symbol`, `ts` and {@link RUN_COLUMN}, with a float32 column for each derived input in place of the last. The
 * stream fails with {@link FeatureServiceError} `FEATURES_HISTORY_BEHIND` at a row of which nothing was derived.
 */
export async function withDerivedColumns(
  stream: Readable,
  names: readonly string[],
  derivedAt: DerivedAt,
): Promise<Readable> {
  // Loaded by the first answer that needs it: most processes never rewrite Arrow.
  const arrow = await import('apache-arrow')
  const reader = await arrow.RecordBatchReader.from(stream)
  await reader.open()
  const fields = names.map((name) => new arrow.Field(name, new arrow.Float32(), true))
  const schema = new arrow.Schema([...reader.schema.fields.filter(({ name }) => name !== RUN_COLUMN), ...fields])

  const extended = (batch: RecordBatch): RecordBatch => {
    const columns = names.map(() => new Array<number | null>(batch.numRows))
    const [symbols, times, runs] = ['symbol', 'ts', RUN_COLUMN].map((name) => batch.getChild(name))
    for (let row = 0; row < batch.numRows; row += 1) {
      const [symbol, ts, run] = [String(symbols?.get(row)), Number(times?.get(row)), String(runs?.get(row))]
      const inputs = derivedAt(symbol, ts, run) ?? missing(symbol, ts)
      for (const [at, column] of columns.entries()) {
        const value = inputs[at] ?? Number.NaN
        column[row] = Number.isNaN(value) ? null : value
      }
    }
    const own = columns.map((column) => arrow.vectorFromArray(column, new arrow.Float32()).data[0])
    const kept = batch.data.children.filter((_, at) => batch.schema.fields[at]?.name !== RUN_COLUMN)
    const children = [...kept, ...own.flatMap((data) => data ?? [])]
    const type = new arrow.Struct<Record<string, Float32>>(schema.fields)
    return new arrow.RecordBatch(schema, arrow.makeData({ type, length: batch.numRows, nullCount: 0, children }))
  }

  const through = arrow.RecordBatchStreamWriter.throughNode()
  // Its errors are those of the stream that is given back.
  const empty = () => new arrow.RecordBatch(schema)
  pipeline(Readable.from(batches(reader, extended, empty)), through, () => {})
  return through
}

/** The batches of a reader, each rewritten; one without rows where there is none, since a stream has to say its columns. */
async function* batches(
  reader: RecordBatchReader,
  extended: (batch: RecordBatch) => RecordBatch,
  empty: () => RecordBatch,
): AsyncGenerator<RecordBatch> {
  let count = 0
  for await (const batch of reader) {
    count += 1
    yield extended(batch)
  }
  if (count === 0) yield empty()
}

function missing(symbol: string, ts: number): never {
  const at = new Date(ts).toISOString()
  const message = `The row of ${symbol} at ${at} came, or another run was adopted, while the training set was read; ask again`
  throw new FeatureServiceError('FEATURES_HISTORY_BEHIND', message, { symbol, ts })
}
