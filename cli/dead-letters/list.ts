import { textTable } from '../text-table.ts'
import type { Letter } from './letter.ts'
import { type LetterFilter, type LetterSource, readLetters } from './read-letters.ts'
import { readReplayed } from './replayed.ts'

/** How letters are listed: the newest `limit` of them as a table below the counts, or all as lines of JSON. */
export type ListOptions = { readonly limit: number; readonly json: boolean }

const longestMessage = 70

type Count = { letters: number; replayed: number; keys: Set<string>; first: number; last: number }

/** `barline dead-letters list`. Letters stream through; only counts and the newest ones are held. */
export async function listLetters(
  source: LetterSource,
  filter: LetterFilter,
  { limit, json }: ListOptions,
  print: (line: string) => void,
): Promise<void> {
  const replayed = await readReplayed(source.log, source.codec)
  const counts = new Map<string, Count>()
  let newest: Letter[] = []
  for await (const letter of readLetters(source, filter)) {
    if (json) {
      print(JSON.stringify(lineOf(letter, replayed.get(letter.id))))
      continue
    }
    note(counts, letter, replayed.has(letter.id))
    newest.push(letter)
    if (newest.length > 2 * limit + 100) newest = latest(newest, limit)
  }
  if (json) return
  if (counts.size === 0) {
    print('no dead letters')
    return
  }
  print(textTable([...counts].map(([name, count]) => countRow(name, count))))
  const shown = latest(newest, limit)
  print(
    `\nthe newest ${shown.length}, by the time of the refused record; \`barline dead-letters show <id>\` has all of one`,
  )
  print(textTable(shown.map((letter) => letterRow(letter, replayed.has(letter.id)))))
}

function note(counts: Map<string, Count>, { processor, reason, key, source }: Letter, isReplayed: boolean): void {
  const name = `${processor} ${reason}`
  const count = counts.get(name) ?? { letters: 0, replayed: 0, keys: new Set(), first: Infinity, last: -Infinity }
  count.letters += 1
  if (isReplayed) count.replayed += 1
  count.keys.add(key)
  count.first = Math.min(count.first, source.timestamp)
  count.last = Math.max(count.last, source.timestamp)
  counts.set(name, count)
}

function countRow(name: string, { letters, replayed, keys, first, last }: Count): Record<string, unknown> {
  const [processor, reason] = name.split(' ')
  return { processor, reason, letters, replayed, symbols: keys.size, first: iso(first), last: iso(last) }
}

function letterRow({ id, reason, key, source, message }: Letter, isReplayed: boolean): Record<string, unknown> {
  const text = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message
  return {
    id,
    time: iso(source.timestamp),
    key,
    source: placeOf(source),
    reason,
    replayed: isReplayed ? 'yes' : '',
    message: text,
  }
}

function lineOf(letter: Letter, replayedAt: number | undefined): Record<string, unknown> {
  const { id, processor, reason, message, source, key, runId, original } = letter
  return {
    ...{ id, processor, reason, message, key, run_id: runId },
    ...{ source_topic: source.topic, source_partition: source.partition, source_offset: source.offset },
    source_timestamp: iso(source.timestamp),
    bytes: original?.value?.length ?? null,
    replayed_at: replayedAt === undefined ? null : iso(replayedAt),
  }
}

const latest = (letters: readonly Letter[], limit: number): Letter[] =>
  [...letters].sort((a, b) => b.source.timestamp - a.source.timestamp).slice(0, limit)

/** `<topic>[<partition>]@<offset>` of a refused record. */
export const placeOf = ({ topic, partition, offset }: Letter['source']): string => `${topic}[${partition}]@${offset}`

/** A time as text; not every timestamp of a foreign record is one. */
export function iso(millis: number): string {
  return Math.abs(millis) <= 8.64e15 ? new Date(millis).toISOString() : String(millis)
}
