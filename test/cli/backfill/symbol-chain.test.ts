import { expect, test } from '@jest/globals'
import { MarketSource } from '../../../cli/backfill/market-source.ts'
import { SymbolChain } from '../../../cli/backfill/symbol-chain.ts'
import type { DataRecord, Processor } from '../../../processors/processor.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import { jsonCodec } from '../../streams/support/json-codec.ts'
import { createRemembering } from '../../streams/support/small-processors.ts'

const fromTs = 4

/** Passes each record on to topics. */
const passing = (...topics: readonly string[]): Processor => ({
  select: () => 0,
  apply(record, emit) {
    if (record.kind !== 'data') return
    const { key, recordName, value, timestamp } = record
    for (const topic of topics) emit.record({ topic, key, recordName, value, timestamp })
  },
})

const bar = (ts: number): DataRecord => ({
  kind: 'data',
  topic: 'tape',
  partition: 0,
  offset: ts,
  timestamp: ts,
  key: 'AAPL',
  recordName: 'test.Bar',
  value: { ts },
  headers: {},
})

test('rows before those that are given count for the scores of those behind, and only rows of the view that is scored', async () => {
  const chain = new SymbolChain({
    stages: {
      engine: passing('indicators'),
      features: passing('features.core_pack_1h', 'features.core_pack_1d'),
      // Numbers the rows that it has seen.
      inference: { reads: ['features.core_pack_1d'], processor: createRemembering() },
    },
    market: new MarketSource(new MemoryLog({ partitions: 1 }), jsonCodec(), 0, 'AAPL', 0),
    partition: 0,
    fromTs,
    onRefused: (_record, reason, message) => {
      throw new Error(`${reason}: ${message}`)
    },
  })
  const scores: unknown[] = []
  for (const ts of [1, 2, 3, 4, 5, 6]) {
    await chain.take(bar(ts))
    // Rows are cut off at any time.
    if (ts % 3 !== 0) continue
    for (const { topic, value } of await chain.rows()) if (topic === 'merged') scores.push(value)
  }
  expect(scores).toEqual([4, 5, 6].map((ts) => ({ ts, count: ts })))
})
