import { digestTopic } from '../../streams/digest.ts'
import { isHistory } from '../../topics/replay-topics.ts'
import { fingerprinter } from '../digest.ts'
import { textTable } from '../text-table.ts'
import { topicsOfShape } from './definitions.ts'
import type { Fed } from './feed.ts'
import type { OpenReplay } from './open-replay.ts'
import { shapeOf } from './plan.ts'
import type { Replay } from './replays.ts'
import type { Waiting } from './settle.ts'

type Print = (line: string) => void

/** Says what is known of a replay. */
export function printFound(replay: Replay, print: Print): void {
  const { name, state, changed_at: changedAt, release, symbols, from_ts: from, to_ts: to } = replay
  const range = `${from === null ? 'the beginning' : iso(from)} to ${to === null ? 'the end of the tape' : iso(to)}`
  const what = symbols.length === 0 ? 'all symbols' : symbols.join(', ')
  print(`replay ${name}: ${state} ${iso(changedAt)} by release ${release}; ${what}, ${range}`)
}

/** Prints what a replay has on its topics, and at which rate that came about if it was run now. */
export async function printSummary(
  { own, codec, config }: OpenReplay,
  replay: Replay,
  print: Print,
  run?: Fed & Waiting & { readonly seconds: number },
): Promise<void> {
  const shape = shapeOf(replay)
  const lines: Record<string, unknown>[] = []
  let records = 0
  for (const { id, partitions } of topicsOfShape(shape).filter(isHistory)) {
    const count = partitions === 'chain' ? config.partitions : partitions
    const { dataRecords, markers, sha256 } = await digestTopic(own, id, count, fingerprinter(codec))
    if (dataRecords + markers === 0) continue
    if (!shape.fed.includes(id)) records += dataRecords
    lines.push({ topic: id, 'data records': dataRecords, markers, digest: sha256 })
  }
  print(`\n${textTable(lines)}`)
  if (run !== undefined) {
    const { bars, found, seconds, waiting } = run
    const fedNow = found > 0 ? `, ${run.records - found} of its records fed now` : ''
    print(
      `${bars} bars became ${records} records in ${seconds.toFixed(1)} s (${Math.round(bars / seconds)} bars/s, ` +
        `${Math.round(records / seconds)} records/s)${fedNow}`,
    )
    if (waiting > 0) print(`${waiting} records at the end wait for a barrier that the tape has not closed yet`)
  }
  const tables = replay.processors.includes('sink') ? `, tables in the database ${replay.database}` : ''
  print(
    `topics ${replay.topic_prefix}*${tables}; ` +
      `\`barline verify --run ${replay.name}\` compares them with the installation`,
  )
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
