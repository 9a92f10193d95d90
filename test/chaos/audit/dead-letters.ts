/** A dead letter as the audit sees it: who refused which bytes, why, and where they stood among the committed records. */
export type Letter = {
  readonly processor: string
  readonly reason: string
  readonly sourceTopic: string
  readonly sourcePartition: number
  /** Place of the record among the committed records of its partition; offsets differ from run to run. */
  readonly sourceOrdinal: number
  /** Hash over key, value and headers of the record as it was. */
  readonly original: string
}

/** Which dead letters there are too many or too few of. */
export type LetterVerdict = {
  readonly letters: number
  readonly unexplained: number
  readonly missing: number
  readonly examples: readonly string[]
}

const wordsOf = (letter: Letter): string =>
  `${letter.processor} ${letter.reason} ${letter.sourceTopic}[${letter.sourcePartition}]#${letter.sourceOrdinal} ${letter.original}`

function counted(letters: readonly Letter[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const letter of letters) counts.set(wordsOf(letter), (counts.get(wordsOf(letter)) ?? 0) + 1)
  return counts
}

/** Compares the dead letters found with those that the bad records of the load explain, each as often as it should be there. */
export function compareLetters(expected: readonly Letter[], found: readonly Letter[]): LetterVerdict {
  const owed = counted(expected)
  const examples: string[] = []
  let unexplained = 0
  for (const letter of found) {
    const words = wordsOf(letter)
    const left = owed.get(words) ?? 0
    if (left > 0) owed.set(words, left - 1)
    else {
      unexplained += 1
      if (examples.length < 3) examples.push(`unexplained: ${words}`)
    }
  }
  const missing = [...owed].filter(([, left]) => left > 0)
  return {
    letters: found.length,
    unexplained,
    missing: missing.reduce((sum, [, left]) => sum + left, 0),
    examples: [...examples, ...missing.slice(0, 3).map(([words]) => `missing: ${words}`)],
  }
}
