import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createOfflineCodec } from '../../../avro/codec.ts'
import { loadFeatures } from '../../../catalog/features.ts'
import { type Backfilled, type BackfillOptions, backfill } from '../../../cli/backfill/backfill.ts'
import { defineProcessor } from '../../../cli/chain.ts'
import { loadMarket } from '../../../cli/market.ts'
import { parseBar } from '../../../load/rows.ts'
import { partitionOfKey } from '../../../streams/kafka/partitioner.ts'
import type { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { Log } from '../../../streams/port.ts'
import { chainPartitions, runChain } from '../../streams/support/chain-in-memory.ts'
import { isCaughtUp, testWorker } from '../../streams/support/run-workers.ts'
import { waitUntil } from '../../streams/support/wait-until.ts'
import { shippedSpan } from '../../support/cut-bars.ts'

/** The symbol whose history is revised in these tests; it splits 2 for 1 on 2000-06-21. */
export const symbol = 'AAPL'

/** Days of the bar that was first published with another close, and of the one that was not published in time. */
export const revisedDay = '2000-05-02'
export const lateDay = '2000-05-10'

export const codec = createOfflineCodec()
const market = loadMarket()
const partition = partitionOfKey(symbol, chainPartitions)

/** Files of the same sessions: as they should have been, and as they were first published; and the two true lines. */
export type Files = {
  readonly right: readonly string[]
  readonly wrong: readonly string[]
  readonly header: string
  readonly revisedLine: string
  readonly lateLine: string
}

export function writeFiles(dir: string): Files {
  const right = shippedSpan(dir, '2000-03-01', '2000-07-22')
  const [splits = '', shares = '', indices = ''] = right
  const [header = '', ...lines] = readFileSync(shares, 'utf8').trim().split('\n')
  const lineOf = (day: string) => lines.find((line) => line.startsWith(`${symbol},`) && line.includes(day)) ?? ''
  const [revisedLine, lateLine] = [lineOf(revisedDay), lineOf(lateDay)]
  const wrongLine = revisedLine.replace(/,117\.87,/, ',121.5,')
  if (wrongLine === revisedLine) throw new Error(`The shipped bar of ${revisedDay} is not what these tests expect`)
  const wrongLines = lines.flatMap((line) => (line === lateLine ? [] : line === revisedLine ? [wrongLine] : [line]))
  const wrong = join(dir, 'wrong.csv')
  writeFileSync(wrong, `${[header, ...wrongLines].join('\n')}\n`)
  return { right, wrong: [splits, wrong, indices], header, revisedLine, lateLine }
}

/** A line as the raw bar that a feed would send, known at `knownAt`. */
export function rawBarOf({ header }: Files, line: string, knownAt: number): Record<string, unknown> {
  const cells = line.split(',')
  const named = Object.fromEntries(header.split(',').map((column, index) => [column, cells[index] ?? '']))
  const { value } = parseBar(named, 'feed', { delayMs: 0, calendarOf: market.calendarOf })
  return { ...value, known_at: knownAt }
}

/** The chain over the files as first published; then the feed sends the two true bars, which ingest refuses. */
export async function revisedChain(files: Files, knownAt: number): Promise<MemoryLog> {
  const log = await runChain(files.wrong)
  const values = [files.revisedLine, files.lateLine].map((line) => rawBarOf(files, line, knownAt))
  log.produce(
    values.map((value) => ({
      topic: 'market.bars',
      partition,
      key: Buffer.from(symbol),
      value: codec.encode('market.bars', 'barline.market.Bar', value),
      timestamp: Date.UTC(2001, 0, 1),
      headers: {},
    })),
  )
  const definition = await defineProcessor('ingest', {
    market,
    store: () => {
      throw new Error('There is no ClickHouse in memory')
    },
  })
  const worker = testWorker({ definition, log, codec, partitions: chainPartitions })
  await worker.start()
  await waitUntil('ingest to refuse', () => isCaughtUp(log, definition, chainPartitions), 60_000)
  await worker.stop()
  return log
}

/** A backfill over a log in memory. */
export function backfillOf(
  log: Log,
  { isDryRun = false, ...given }: Partial<BackfillOptions> & { isDryRun?: boolean } = {},
): Promise<Backfilled> {
  const base = { log, codec, partitions: chainPartitions, market, symbol, files: [], baseRunId: 'live', release: '1' }
  const now = () => Date.UTC(2025, 0, 1)
  return backfill({ ...base, now, ...(isDryRun ? {} : { createTopics: async () => {} }), ...given })
}

/** The values of a topic's data records of the symbol, in order, from a close on. */
export function rowsOf(log: MemoryLog, topic: string, fromTs = 0, runId?: string): Record<string, unknown>[] {
  const where = runId === undefined ? { topic, partition } : { topic: `${topic}.${runId}`, partition: 0 }
  return log.recordsOf(where).flatMap(({ key, value, timestamp }) => {
    const decoded = codec.decode(topic, value)
    if (decoded.kind !== 'value') throw new Error(`${topic}: ${decoded.kind}`)
    return String(key) === symbol && timestamp >= fromTs ? [decoded.value] : []
  })
}

/**
 * Fields of a feature row that are read from the cross-section, or that say how much of the row there is: a backfill of one symbol
 * takes the cross-section of the run it corrects.
 */
export const ofTheCrossSection: readonly string[] = [
  ...['fill_rate', 'measured_rate', 'staleness_bars', 'imputed_core_value_v1', 'imputed_core_state_v1'],
  ...loadFeatures().flatMap(({ id, lagPolicy }) => (lagPolicy === 'barrier' ? [id] : [])),
]

/** A row without what says when and by which run it was made, and without what was read from the cross-section. */
export function said(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { known_at, raw_known_at, source_offset, run_id, score_id, ...rest } = row
  return Object.fromEntries(Object.entries(rest).filter(([name]) => !ofTheCrossSection.includes(name)))
}
