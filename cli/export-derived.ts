import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { keyColumns } from '../research/export-columns.ts'
import { type DerivedHistory, derivedHistory } from '../serve/features/derived-history.ts'
import type { ClickHouse } from '../sink/clickhouse-client.ts'
import type { Exported } from '../sink/export.ts'
import { quoteName } from '../sink/sql-text.ts'

/** Of which history, and which features beside the derived inputs. */
export type DerivedExport = Omit<DerivedHistory, 'select' | 'symbols'> & { readonly features: readonly string[] }

/**
 * Writes the rows of a view that are read now, by symbol and ts, as CSV: keys, features and derived inputs, null as nothing. A number has
 * all digits of the double that it equals. The file appears under its name only when it is complete. Throws what ClickHouse throws.
 */
export async function exportDerived(
  client: ClickHouse,
  path: string,
  { features, ...history }: DerivedExport,
): Promise<Exported> {
  const select = ['toUnixTimestamp64Milli(r.known_at)', ...features.map((id) => `toFloat64(r.${quoteName(id)})`)]
  const inputs = history.derived.map(({ id }) => id)
  const lines = async function* () {
    yield `${[...keyColumns, ...features, ...inputs].join()}\n`
    let last = ''
    for await (const row of derivedHistory(client, { ...history, select })) {
      const place = `${row.symbol} ${row.ts}`
      // The row that is read comes first; the others of the same time are of other runs.
      if (place === last) continue
      last = place
      const derived = row.inputs.map((value) => (Number.isNaN(value) ? '' : value))
      yield `${[row.symbol, history.timeframe, row.ts, ...row.cells.map((cell) => cell ?? ''), ...derived].join()}\n`
    }
  }
  const partial = `${path}.partial`
  try {
    await pipeline(Readable.from(lines()), createWriteStream(partial))
    await rename(partial, path)
    return { path, bytes: (await stat(path)).size }
  } finally {
    await rm(partial, { force: true })
  }
}
