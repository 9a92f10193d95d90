import { contractHeaders } from '../../../../catalog/contract.ts'
import { resolveView } from '../../../../catalog/views.ts'
import type { DataRecord } from '../../../../processors/processor.ts'
import { createRowReader, type ServedRow } from '../../../../serve/features/served-row.ts'

/** The view of these tests. */
export const view = resolveView('core_pack_1d')
const headers = contractHeaders(view)
const read = createRowReader(view)

/** Midnight of a day of January 2020, UTC. */
export const day = (number: number): number => Date.UTC(2020, 0, number)

/** What of a row a test decides; the rest is the same for all. */
export type RowFacts = {
  readonly symbol?: string
  readonly ts: number
  readonly knownAt?: number
  readonly offset: number
  readonly partition?: number
  readonly values?: Readonly<Record<string, number | boolean | null>>
  readonly headers?: Readonly<Record<string, string>>
  readonly masks?: Readonly<Record<string, Buffer>>
}

/** A row as its record gives it. */
export function rowOf({ symbol = 'AAPL', ts, knownAt = ts, offset, partition = 0, ...facts }: RowFacts): ServedRow {
  const record: DataRecord = {
    kind: 'data',
    topic: view.topic,
    partition,
    offset,
    timestamp: ts,
    key: symbol,
    recordName: view.record,
    headers: facts.headers ?? headers,
    value: { symbol, timeframe: '1d', ts, known_at: knownAt, fill_rate: 0.5, ...facts.values, ...facts.masks },
  }
  return read(record)
}
