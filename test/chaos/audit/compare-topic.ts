import type { SeenRecord, SeenTopic } from './seen-record.ts'

/** What differs between a topic and the same topic of an undisturbed run. All zero: they are the same, record by record. */
export type TopicVerdict = {
  readonly topic: string
  readonly records: number
  readonly lost: number
  readonly duplicated: number
  /** Records that would have to be moved to bring the others into their order. */
  readonly outOfOrder: number
  readonly differing: number
  /** Records that the undisturbed run does not have at all. */
  readonly unexpected: number
  /** The first of each kind, in words. */
  readonly examples: readonly string[]
}

type Place = { readonly ordinal: number; readonly digest: string }

/** Length of the longest rising subsequence: by how much a partition is in order. */
function longestRise(ordinals: readonly number[]): number {
  const tails: number[] = []
  for (const ordinal of ordinals) {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((tails[middle] ?? 0) < ordinal) low = middle + 1
      else high = middle
    }
    tails[low] = ordinal
  }
  return tails.length
}

/** Where each record of the undisturbed run stands; one that comes several times is numbered. */
function placesOf(records: readonly SeenRecord[]): Map<string, Place[]> {
  const places = new Map<string, Place[]>()
  for (const [ordinal, { identity, digest }] of records.entries()) {
    const same = places.get(identity)
    if (same) same.push({ ordinal, digest })
    else places.set(identity, [{ ordinal, digest }])
  }
  return places
}

class PartitionComparison {
  readonly counts = { lost: 0, duplicated: 0, outOfOrder: 0, differing: 0, unexpected: 0 }
  readonly examples = new Map<string, string>()

  constructor(where: string, expected: readonly SeenRecord[], found: readonly SeenRecord[]) {
    const places = placesOf(expected)
    const seen = new Map<string, number>()
    const ordinals: number[] = []
    for (const { identity, digest, offset } of found) {
      const times = seen.get(identity) ?? 0
      seen.set(identity, times + 1)
      const all = places.get(identity)
      const place = all?.[times]
      const words = `${where}@${offset} ${identity}`
      if (!all) this.#count('unexpected', words)
      else if (!place) this.#count('duplicated', words)
      else {
        if (place.digest !== digest) this.#count('differing', words)
        ordinals.push(place.ordinal)
      }
    }
    for (const [identity, all] of places) {
      const missing = all.length - Math.min(all.length, seen.get(identity) ?? 0)
      if (missing > 0) this.#count('lost', `${where} ${identity}`, missing)
    }
    const moved = ordinals.length - longestRise(ordinals)
    if (moved > 0) this.#count('outOfOrder', `${where}: ${moved} records`, moved)
  }

  #count(kind: keyof PartitionComparison['counts'], words: string, by = 1): void {
    this.counts[kind] += by
    if (!this.examples.has(kind)) this.examples.set(kind, `${kind}: ${words}`)
  }
}

/** Compares a topic with that of the undisturbed run, partition by partition. */
export function compareTopic(topic: string, expected: SeenTopic, found: SeenTopic): TopicVerdict {
  const partitions = Math.max(expected.length, found.length)
  const compared = Array.from({ length: partitions }, (_, partition) => {
    return new PartitionComparison(`${topic}[${partition}]`, expected[partition] ?? [], found[partition] ?? [])
  })
  const sum = (kind: keyof PartitionComparison['counts']) =>
    compared.reduce((total, { counts }) => total + counts[kind], 0)
  return {
    topic,
    records: found.reduce((total, records) => total + records.length, 0),
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    outOfOrder: sum('outOfOrder'),
    differing: sum('differing'),
    unexpected: sum('unexpected'),
    examples: compared.flatMap(({ examples }) => [...examples.values()]),
  }
}
