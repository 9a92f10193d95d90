import type { MemberRow } from './section.ts'

/** A figure of the whole book, which every row carries: that of the newest row, of equally new ones of the first by symbol. */
export function bookFigure(members: readonly MemberRow[], field: number): number {
  let found: MemberRow | undefined
  for (const member of members) {
    if (Number.isNaN(member.values[field])) continue
    if (found === undefined || member.ts > found.ts) found = member
  }
  return found?.values[field] ?? Number.NaN
}
