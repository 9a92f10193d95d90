/** Codes of the errors of `sink/`. */
export type SinkErrorCode =
  | 'CLICKHOUSE_UNAVAILABLE'
  | 'CLICKHOUSE_REJECTED'
  | 'TABLE_MISMATCH'
  | 'SCHEMA_NOT_STORABLE'
  | 'ROWS_MISSING'
  | 'LETTER_NOT_STORED'
  | 'EXPORT_CUT_SHORT'

/** What went wrong with one request; `serverCode` is ClickHouse's number, absent if no answer carried one. */
export type RequestFacts = {
  /** What was asked, for example `insert into barline.market_bars`. */
  readonly operation: string
  readonly serverCode?: number
  readonly httpStatus?: number
  readonly text: string
  readonly cause?: unknown
}

/** ClickHouse did not answer, or said "not now". Whether an insert took effect is unknown: repeat it with the same token. */
export class ClickHouseUnavailableError extends Error {
  override readonly name = 'ClickHouseUnavailableError'
  readonly code = 'CLICKHOUSE_UNAVAILABLE' satisfies SinkErrorCode
  readonly retriable = true
  readonly operation: string
  readonly serverCode: number | undefined
  readonly httpStatus: number | undefined
  readonly text: string

  constructor(facts: RequestFacts) {
    super(`ClickHouse is not available to ${facts.operation}${origin(facts)}: ${facts.text}`, { cause: facts.cause })
    this.operation = facts.operation
    this.serverCode = facts.serverCode
    this.httpStatus = facts.httpStatus
    this.text = facts.text
  }
}

/** ClickHouse refused for good: `rows` blames what the rows contain, `statement` the statement, table, settings or user. */
export class ClickHouseRejectedError extends Error {
  override readonly name = 'ClickHouseRejectedError'
  readonly code = 'CLICKHOUSE_REJECTED' satisfies SinkErrorCode
  readonly retriable = false
  readonly about: 'rows' | 'statement'
  readonly operation: string
  readonly serverCode: number | undefined
  readonly httpStatus: number | undefined
  readonly text: string

  constructor(facts: RequestFacts & { readonly about: 'rows' | 'statement' }) {
    super(`ClickHouse refuses to ${facts.operation}${origin(facts)}: ${facts.text}`, { cause: facts.cause })
    this.about = facts.about
    this.operation = facts.operation
    this.serverCode = facts.serverCode
    this.httpStatus = facts.httpStatus
    this.text = facts.text
  }
}

/** One way in which a table differs from what the schemas ask for. */
export type TableDifference = { readonly what: string; readonly found: string; readonly wanted: string }

/** A table exists but is not the one that the schemas describe, and adding nullable columns does not make it so. */
export class TableMismatchError extends Error {
  override readonly name = 'TableMismatchError'
  readonly code = 'TABLE_MISMATCH' satisfies SinkErrorCode
  readonly retriable = false
  readonly table: string
  readonly differences: readonly TableDifference[]

  constructor(table: string, differences: readonly TableDifference[]) {
    const list = differences.map(({ what, found, wanted }) => `${what}: found ${found}, wanted ${wanted}`)
    super(
      `Table ${table} is not what its schema asks for; ${list.join('; ')}. Was it made by another release or by hand?`,
    )
    this.table = table
    this.differences = differences
  }
}

/** Records of an input below its committed offset, ascending, that have no row and no dead letter. */
export type MissingRows = {
  readonly topic: string
  readonly partition: number
  readonly committedOffset: number
  readonly offsets: readonly number[]
}

/** Records that the sink has passed are neither in ClickHouse nor among the dead letters. */
export class RowsMissingError extends Error {
  override readonly name = 'RowsMissingError'
  readonly code = 'ROWS_MISSING' satisfies SinkErrorCode
  readonly retriable = false
  readonly missing: readonly MissingRows[]

  constructor(missing: readonly MissingRows[]) {
    const list = missing.map(
      ({ topic, partition, committedOffset, offsets }) =>
        `${offsets.length} of ${topic}[${partition}] below ${committedOffset} (${rangesOf(offsets)})`,
    )
    super(
      `Records that the sink has passed are neither in ClickHouse nor among its dead letters: ${list.join('; ')}. Was a table ` +
        'emptied or restored from an older copy, or were the offsets of the group moved? With BARLINE_SINK_GAPS=fill the sink stores ' +
        'them now and goes on',
    )
    this.missing = missing
  }
}

/** The sink cannot store one of its own dead letters; a letter about that would come back to it, without end. */
export class LetterNotStoredError extends Error {
  override readonly name = 'LetterNotStoredError'
  readonly code = 'LETTER_NOT_STORED' satisfies SinkErrorCode
  readonly retriable = false

  constructor(message: string) {
    super(
      `${message}. It is a dead letter of the sink itself: restore the table as \`barline topics provision\` makes it`,
    )
  }
}

const rangesShown = 5

function rangesOf(offsets: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const offset of offsets) {
    const last = ranges.at(-1)
    if (last && last[1] === offset - 1) last[1] = offset
    else ranges.push([offset, offset])
  }
  const shown = ranges.slice(0, rangesShown).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`))
  return `offsets ${shown.join(', ')}${ranges.length > rangesShown ? ', …' : ''}`
}

/** An Avro schema has no ClickHouse table: a type that maps to no column, or a natural key that is missing or nullable. */
export class SchemaNotStorableError extends Error {
  override readonly name = 'SchemaNotStorableError'
  readonly code = 'SCHEMA_NOT_STORABLE' satisfies SinkErrorCode
  readonly retriable = false
  readonly record: string

  constructor(record: string, reason: string) {
    super(`Cannot store ${record}: ${reason}`)
    this.record = record
  }
}

/** The answer to an export ended early; the file is not there. */
export class ExportCutShortError extends Error {
  override readonly name = 'ExportCutShortError'
  readonly code = 'EXPORT_CUT_SHORT' satisfies SinkErrorCode
  readonly retriable = true
  readonly path: string

  constructor(path: string, reason: string) {
    super(`Export to ${path} was cut short: ${reason}`)
    this.path = path
  }
}

const origin = ({ serverCode, httpStatus }: RequestFacts): string =>
  serverCode !== undefined ? ` (code ${serverCode})` : httpStatus !== undefined ? ` (HTTP ${httpStatus})` : ''
