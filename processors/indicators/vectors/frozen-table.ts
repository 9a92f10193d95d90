import { createHash } from 'node:crypto'

/** Numbers that training has fixed, and the sha256 of them: row by row, as little-endian float64. */
export type FrozenTable = {
  /** Id of the artifact, with its version. */
  readonly artifact: string
  readonly sha256: string
  readonly rows: readonly (readonly number[])[]
}

/** The numbers of a table, row by row. Throws if they are not those that were frozen. */
export function readFrozenTable({ artifact, sha256, rows }: FrozenTable): Float64Array {
  const numbers = rows.flat()
  const bytes = Buffer.alloc(8 * numbers.length)
  for (const [place, number] of numbers.entries()) bytes.writeDoubleLE(number, 8 * place)
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found === sha256) return Float64Array.from(numbers)
  throw new Error(
    `The numbers of ${artifact} are not those that were frozen (sha256 ${found}, not ${sha256}): was the table edited by hand? ` +
      'Its trainer writes it; other numbers need a new version of the artifact and of the indicator',
  )
}
