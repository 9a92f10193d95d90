import { createInterface } from 'node:readline'
import type { ClickHouse } from './clickhouse-client.ts'
import { ClickHouseUnavailableError } from './errors.ts'

const DEADLINE_MS = 600_000

/**
 * Runs a SELECT without FORMAT clause and gives its rows as they come, each a list of the values of its columns; 64-bit integers are
 * numbers. Throws `ClickHouseUnavailableError` when the answer breaks off, and as the client does.
 */
export async function* streamRows<Row extends readonly unknown[]>(
  client: ClickHouse,
  sql: string,
): AsyncGenerator<Row> {
  const settings = 'SETTINGS output_format_json_quote_64bit_integers = 0'
  const answer = await client.stream(`${sql}\n${settings} FORMAT JSONCompactEachRow`, {}, DEADLINE_MS)
  try {
    for await (const line of createInterface({ input: answer, crlfDelay: Number.POSITIVE_INFINITY })) {
      // With status 200 already sent, a server can report a failure only by writing it into the body.
      if (!line.startsWith('[')) throw new Error(line.slice(0, 500))
      yield JSON.parse(line) as Row
    }
    // A line reader takes an input that was destroyed for one that has ended.
    if (answer.errored) throw answer.errored
  } catch (error) {
    const text = `the answer broke off: ${error instanceof Error ? error.message : String(error)}`
    throw new ClickHouseUnavailableError({ operation: 'read', text, cause: error })
  } finally {
    answer.destroy()
  }
}
