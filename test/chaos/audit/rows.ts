/** A place in the log: `topic[partition]@offset`. */
export type PlaceOfRow = string

/** What differs between the rows of a table under FINAL and the records that they are made of. */
export type RowVerdict = {
  readonly table: string
  readonly rows: number
  readonly lost: number
  readonly duplicated: number
  readonly differing: number
  readonly unexpected: number
  readonly examples: readonly string[]
}

/** A row: where its record stands, and a hash over its columns. */
export type SeenRow = { readonly place: PlaceOfRow; readonly digest: string }

/** Compares the rows of a table with those that the records of its topic have to give. */
export function compareRows(table: string, expected: readonly SeenRow[], found: readonly SeenRow[]): RowVerdict {
  const owed = new Map(expected.map(({ place, digest }) => [place, digest]))
  const seen = new Set<PlaceOfRow>()
  const counts = { duplicated: 0, differing: 0, unexpected: 0 }
  const examples: string[] = []
  const count = (kind: keyof typeof counts, place: PlaceOfRow) => {
    counts[kind] += 1
    if (counts[kind] === 1) examples.push(`${kind}: ${table} ${place}`)
  }
  for (const { place, digest } of found) {
    const wanted = owed.get(place)
    if (seen.has(place)) count('duplicated', place)
    else if (wanted === undefined) count('unexpected', place)
    else if (wanted !== digest) count('differing', place)
    seen.add(place)
  }
  const lost = [...owed.keys()].filter((place) => !seen.has(place))
  if (lost[0] !== undefined) examples.push(`lost: ${table} ${lost[0]}`)
  return { table, rows: found.length, lost: lost.length, ...counts, examples }
}
