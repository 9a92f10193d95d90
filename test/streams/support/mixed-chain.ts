import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createOfflineCodec } from '../../../avro/codec.ts'
import { createBarrierGrid, loadBarrierConfig } from '../../../catalog/barrier-grid.ts'
import { type Calendar, loadCalendars } from '../../../catalog/calendar.ts'
import { loadCrossSection } from '../../../catalog/cross-section.ts'
import { calendarOf, type Instruments, parseInstruments, reportsVolume } from '../../../catalog/instruments.ts'
import { catalogFile } from '../../../catalog/project-root.ts'
import { defineProcessor } from '../../../cli/chain.ts'
import { fingerprinter } from '../../../cli/digest.ts'
import type { Market } from '../../../cli/market.ts'
import { load } from '../../../load/load.ts'
import { createBreadth } from '../../../processors/breadth/breadth.ts'
import type { ProcessorDefinition } from '../../../streams/definition.ts'
import { type Digest, digestTopic } from '../../../streams/digest.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { Log, LogRecord } from '../../../streams/port.ts'
import { dailySymbols, hourlySymbols, roundTheClock, usualDelayMs } from '../../support/mixed-market.ts'
import { copyPartition } from './copy-partition.ts'
import { withWriters } from './faulty-log.ts'
import { allCaughtUp, type ProcessorRun, type RunningChain, runProcessors } from './run-processors.ts'

/** The topics on which every way of processing an input has to write the same records. */
export const comparedTopics = ['indicators', 'market-state', 'features.core_pack_1d'] as const

/** A data record as it is read. */
export type ReadRecord = {
  readonly partition: number
  readonly key: string
  readonly recordName: string
  readonly value: Readonly<Record<string, unknown>>
}

/** Partitions of every topic of the mixed chain. */
export const partitions = 3
const codec = createOfflineCodec()
const noStore = () => {
  throw new Error('There is no ClickHouse in memory')
}

/** The catalog's instruments and those of the mixed input: two sectors, and one symbol that trades around the clock. */
function mixedInstruments(calendars: ReadonlyMap<string, Calendar>): Instruments {
  const rows = [...dailySymbols, ...hourlySymbols].map((symbol, place) => {
    return `${symbol},equity,XNYS,USD,SPX,yes,${place % 2 === 0 ? 'energy' : 'materials'},yes,`
  })
  const text = readFileSync(catalogFile('instruments.csv'), 'utf8').trimEnd()
  const all = [text, ...rows, `${roundTheClock},unknown,CRYPTO,USD,,yes,,yes,`].join('\n')
  return parseInstruments(all, 'instruments.csv', calendars)
}

const calendars = loadCalendars()
const instruments = mixedInstruments(calendars)
/** The calendars, barriers and instruments of the mixed input. */
export const mixedMarket: Market = {
  grid: createBarrierGrid(loadBarrierConfig(), calendars),
  calendarOf: (symbol) => calendars.get(calendarOf(instruments, symbol)) ?? noStore(),
  reportsVolume: (symbol) => reportsVolume(instruments, symbol),
}

const breadthOverMixed: ProcessorDefinition = {
  name: 'breadth',
  kind: 'fold',
  fanIn: true,
  inputs: ['indicators'],
  create: ({ partitions: count }) =>
    createBreadth({ ...loadCrossSection(), partitions: count, grid: mixedMarket.grid, instruments }),
}

const context = { market: mixedMarket, store: noStore }
const ingest = await defineProcessor('ingest', context)

/** The processors behind the tape, over the instruments of the mixed input. They hold no data: what they create does. */
export const behindTape: readonly ProcessorDefinition[] = [
  await defineProcessor('engine', context),
  breadthOverMixed,
  await defineProcessor('features', context),
]

const emptyLog = (): MemoryLog => new MemoryLog({ partitions, singlePartition: ['loads'] })

const chainOver = (log: MemoryLog): RunningChain => ({ log, codec, partitions, definitions: [ingest, ...behindTape] })

const loadOptions = {
  codec,
  partitions,
  delayMs: usualDelayMs,
  graceMs: mixedMarket.grid.graceMs,
  calendarOf: mixedMarket.calendarOf,
}

/** Loads files at once, and runs the chain when all is there. */
export async function runBulk(paths: readonly string[], run: ProcessorRun = {}): Promise<MemoryLog> {
  const log = emptyLog()
  await load(paths, { log, ...loadOptions })
  await runProcessors(chainOver(log), run)
  return log
}

/** A log whose writers wait after each transaction: for a moment, and after each `calmEvery` until all is processed. */
function paced(log: Log, chain: RunningChain, calmEvery: number): Log {
  let commits = 0
  return withWriters(log, (_id, writer) => ({
    fence: () => writer.fence(),
    close: () => writer.close(),
    async commit(content) {
      await writer.commit(content)
      commits += 1
      if (commits % calmEvery === 0) await allCaughtUp(chain)
      else await sleep(1)
    },
  }))
}

/** Runs the chain while the files come in, what is known at one time in one transaction, as it would live. */
export async function runPaced(
  paths: readonly string[],
  { calmEvery, ...run }: ProcessorRun & { readonly calmEvery: number },
): Promise<MemoryLog> {
  const log = emptyLog()
  const chain = chainOver(log)
  const paceTail = { groups: Number.POSITIVE_INFINITY, intervalMs: 0 }
  await runProcessors(chain, run, async () => {
    await load(paths, { log: paced(log, chain, calmEvery), ...loadOptions, paceTail })
  })
  return log
}

/** Runs what is behind the tape over the tape of another run. */
export async function runReplay(recorded: MemoryLog, run: ProcessorRun = {}): Promise<MemoryLog> {
  const log = emptyLog()
  for (let partition = 0; partition < partitions; partition += 1) {
    const where = { topic: 'tape', partition }
    copyPartition(log, where, recorded.recordsOf(where))
  }
  await runProcessors({ log, codec, partitions, definitions: behindTape }, run)
  return log
}

/** The digest of each compared topic. */
export function comparedDigests(log: MemoryLog): Promise<Digest[]> {
  return Promise.all(comparedTopics.map((topic) => digestTopic(log, topic, partitions, fingerprinter(codec))))
}

/** The data records of a topic, partition by partition. */
export function recordsOf(log: MemoryLog, topic: string): ReadRecord[] {
  const isMarker = ({ headers }: LogRecord) => headers.some(({ name }) => name === 'barline.kind')
  return Array.from({ length: partitions }, (_, partition) =>
    log.recordsOf({ topic, partition }).flatMap((record) => {
      if (isMarker(record)) return []
      const decoded = codec.decode(topic, record.value)
      if (decoded.kind !== 'value') throw new Error(`${topic}: ${decoded.kind}`)
      return [{ partition, key: String(record.key), recordName: decoded.recordName, value: decoded.value }]
    }),
  ).flat()
}
