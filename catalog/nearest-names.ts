/** How many names are worth showing. */
const MOST = 3

/** The names that somebody who wrote `name` may have meant, the likeliest first; at most three, and none if all are far off. */
export function nearestNames(name: string, names: readonly string[]): readonly string[] {
  const wanted = bare(name)
  const farthest = Math.max(2, Math.floor(wanted.length / 3))
  return names
    .map((candidate) => ({ candidate, distance: distanceTo(wanted, bare(candidate)) }))
    .filter(({ distance }) => distance <= farthest)
    .sort((a, b) => a.distance - b.distance || a.candidate.length - b.candidate.length)
    .slice(0, MOST)
    .map(({ candidate }) => candidate)
}

/** `; did you mean a, b?` for an error message; empty when nothing is near. */
export function didYouMean(name: string, names: readonly string[]): string {
  const near = nearestNames(name, names)
  return near.length === 0 ? '' : `; did you mean ${near.join(', ')}?`
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** Edits between two words; one that begins with the other is as near as a single edit, one that holds it as two. */
function distanceTo(wanted: string, candidate: string): number {
  const distance = editDistance(wanted, candidate)
  if (wanted.length < 2) return distance
  if (candidate.startsWith(wanted)) return Math.min(distance, 1)
  return candidate.includes(wanted) ? Math.min(distance, 2) : distance
}

/** Insertions, deletions and replacements that turn one word into the other (Levenshtein 1966). */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous.at(-1) ?? 0
}
