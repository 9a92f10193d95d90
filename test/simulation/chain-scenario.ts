import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOfflineCodec } from '../../avro/codec.ts'
import { defineProcessor } from '../../cli/chain.ts'
import { loadMarket } from '../../cli/market.ts'
import { load } from '../../load/load.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import type { LogRecord, OutgoingRecord } from '../../streams/port.ts'
import { shippedSpan } from '../support/cut-bars.ts'
import type { Scenario } from './scenario.ts'

const partitions = 2
const all = Array.from({ length: partitions }, (_, partition) => partition)
const outputs = ['tape', 'indicators', 'market-state', 'dead-letters.ingest', 'dead-letters.engine']

const isMarker = ({ headers }: LogRecord): boolean => headers.some(({ name }) => name === 'barline.kind')

/** The chain up to the indicators, over some sessions of the shipped bars. */
export async function chainScenario(name: string): Promise<Scenario> {
  const market = loadMarket()
  const codec = createOfflineCodec()
  const context = { market, store: () => Promise.reject(new Error('There is no ClickHouse in a simulation')) }
  const definitions = [await defineProcessor('ingest', context), await defineProcessor('engine', context)]
  const source = new MemoryLog({ partitions, singlePartition: ['loads'] })
  const dir = mkdtempSync(join(tmpdir(), 'barline-simulation-'))
  try {
    const { grid, calendarOf } = market
    const options = { log: source, codec, partitions, delayMs: 0, graceMs: grid.graceMs, calendarOf }
    await load(shippedSpan(dir, '2000-06-14', '2000-06-29'), options)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  const transactions = byTime(source, definitions[0]?.inputs ?? [])
  return {
    name,
    partitions,
    codec,
    definitions,
    pieceHundreds: 1_000,
    isOrdered: true,
    input: () => transactions,
    written: (memory) =>
      outputs.flatMap((topic) =>
        all.flatMap((partition) => {
          const data = memory.recordsOf({ topic, partition }).filter((record) => !isMarker(record))
          return data.map(
            ({ key, value, timestamp }) => `${topic}[${partition}] ${key} @${timestamp} ${value?.toString('base64')}`,
          )
        }),
      ),
    expected: undefined,
  }
}

/** What a load wrote, cut into a transaction for each time, oldest first; each partition keeps its order. */
function byTime(source: MemoryLog, topics: readonly string[]): OutgoingRecord[][] {
  const groups = new Map<number, OutgoingRecord[]>()
  for (const topic of topics) {
    for (const partition of all) {
      let time = 0
      for (const { key, value, timestamp, headers } of source.recordsOf({ topic, partition })) {
        time = Math.max(time, timestamp)
        const named = Object.fromEntries(headers.map((header) => [header.name, header.value]))
        const record = {
          topic,
          partition,
          timestamp,
          headers: named,
          key: key ?? Buffer.alloc(0),
          value: value ?? Buffer.alloc(0),
        }
        groups.set(time, [...(groups.get(time) ?? []), record])
      }
    }
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, records]) => records)
}
