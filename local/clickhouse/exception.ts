/** An answer other than success, in ClickHouse's own words: `Code: 60. DB::Exception: … (UNKNOWN_TABLE)`. */
export class ClickHouseException extends Error {
  override readonly name = 'ClickHouseException'
  readonly code: number
  constructor(code: number, type: string, message: string) {
    super(`Code: ${code}. DB::Exception: ${message}. (${type})`)
    this.code = code
  }
}

export const tooManyQueries = (waiting: number): ClickHouseException =>
  new ClickHouseException(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', `Too many simultaneous queries: ${waiting} are waiting`)

export const notImplemented = (what: string): ClickHouseException =>
  new ClickHouseException(48, 'NOT_IMPLEMENTED', `The embedded ClickHouse has no ${what}`)

/** The code that ClickHouse wrote into an error's text, or 1002 (UNKNOWN_EXCEPTION). */
export function exceptionCode(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error)
  return Number(/Code: (\d+)/.exec(message)?.[1] ?? 1002)
}

/** The error's text as ClickHouse sends it: always with a code, ended by the version. */
export function exceptionText(error: unknown, version: string): string {
  const message = (error instanceof Error ? error.message : String(error)).trim()
  const text = message.startsWith('Code:') ? message : `Code: 1002. DB::Exception: ${message}. (UNKNOWN_EXCEPTION)`
  return `${text} (version ${version} (chDB))\n`
}

// The same choice as ClickHouse's HTTPHandler makes, for the codes that a client can meet here.
const statuses: ReadonlyArray<readonly [status: number, codes: readonly number[]]> = [
  [400, [6, 20, 26, 27, 36, 38, 41, 43, 53, 62, 69, 70, 72, 117, 130, 131, 166, 378, 386, 456, 457, 467]],
  [403, [497, 516]],
  [404, [46, 47, 50, 56, 60, 73, 81, 115]],
  [408, [159]],
  [413, [229]],
  [501, [48]],
  [503, [202]],
]

/** The HTTP status that goes with an exception code. */
export const statusOf = (code: number): number => statuses.find(([, codes]) => codes.includes(code))?.[0] ?? 500
