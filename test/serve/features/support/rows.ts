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

/** Two zones as a record has them, and as they are served. */
export const twoZones = {
  fields: {
    zone_id: [2e12, 2e12 + 3],
    zone_type: [-1, 1],
    zone_low: [10.25, 14],
    zone_high: [11, 15.5],
    zone_strength: [1.5, 0.75],
    zone_touches: [4, 1],
    zone_first_touch: [1e12, 1e12 + 1],
    zone_last_touch: [1e12 + 5, 1e12 + 1],
  },
  served: [
    {
      ...{ id: 2e12, type: 'support', low: 10.25, high: 11, strength: 1.5, touches: 4 },
      ...{ first_touch: 1e12, last_touch: 1e12 + 5 },
    },
    {
      ...{ id: 2e12 + 3, type: 'resistance', low: 14, high: 15.5, strength: 0.75, touches: 1 },
      ...{ first_touch: 1e12 + 1, last_touch: 1e12 + 1 },
    },
  ],
} as const

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
  readonly zones?: Readonly<Record<string, readonly number[]>>
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
    value: {
      symbol,
      timeframe: '1d',
      ts,
      known_at: knownAt,
      fill_rate: 0.5,
      ...facts.values,
      ...facts.masks,
      ...facts.zones,
    },
  }
  return read(record)
}
