import type { ChunkProcessor } from '../../processors/processor.ts'
import type { Market } from '../market.ts'
import { textTable } from '../text-table.ts'
import type { Letter } from './letter.ts'
import { placeOf } from './list.ts'
import { type Decision, planReplay } from './plan-replay.ts'
import { findLetter, type LetterFilter, type LetterSource, readLetters } from './read-letters.ts'
import { replayLetters } from './replay-letters.ts'
import { readReplayed } from './replayed.ts'

/** Which letters are asked for, and whether to write (`yes`) or only to say what would be written. */
export type ReplayRequest = { readonly ids: readonly string[]; readonly filter: LetterFilter; readonly yes: boolean }

/** What `replay` works with; `now`: UTC epoch milliseconds. */
export type ReplayContext = {
  readonly source: LetterSource
  readonly market: Market
  readonly sink: () => ChunkProcessor
  readonly now: number
}

const linesShown = 40

/** `barline dead-letters replay`. Resolves to the exit code: 0, or 2 when letters were asked for by id and some of them stay. */
export async function runReplay(
  { ids, filter, yes }: ReplayRequest,
  { source, market, sink, now }: ReplayContext,
  print: (line: string) => void,
): Promise<number> {
  const letters: Letter[] = []
  for (const id of new Set(ids)) letters.push(await findLetter(source, id))
  if (ids.length === 0) for await (const letter of readLetters(source, filter)) letters.push(letter)
  const onPartition = (partition: number) =>
    print(`reading the tape of partition ${partition} to see what ingest would make of them now`)
  const options = { source, market, now, onPartition }
  const decisions = yes
    ? await replayLetters(letters, { ...options, sink })
    : await planReplay(letters, { ...options, replayed: await readReplayed(source.log, source.codec) })
  report(decisions, yes, print)
  return ids.length > 0 && decisions.some(({ action }) => action === 'keep') ? 2 : 0
}

function report(decisions: readonly Decision[], isDone: boolean, print: (line: string) => void): void {
  if (decisions.length === 0) {
    print('no dead letters')
    return
  }
  const rows = decisions.map((decision) => ({
    id: decision.letter.id,
    source: placeOf(decision.letter.source),
    reason: decision.letter.reason,
    what: decision.action === 'keep' ? `stays: ${decision.why}` : words[decision.action],
  }))
  print(textTable(rows.slice(0, linesShown)))
  if (rows.length > linesShown) print(`  … and ${rows.length - linesShown} more`)
  const replayable = decisions.filter(({ action }) => action !== 'keep').length
  print(
    `\n${replayable} of ${decisions.length} ${isDone ? 'replayed' : 'can be replayed'}; the others stay where they are`,
  )
  if (!isDone && replayable > 0) print('dry run: nothing was written; the same command with --yes does it')
}

const words = { produce: 'produced again, at the end of its partition', store: 'stored in its own place in ClickHouse' }
