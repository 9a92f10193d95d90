import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Digest } from '../../streams/digest.ts'
import type { MemoryLog } from '../../streams/memory/memory-log.ts'
import { shippedSpan } from '../support/cut-bars.ts'
import { derivedTopics, digests, knownBy, runChain } from './support/chain-in-memory.ts'
import { neverResumed, thrownAway } from './support/thrown-away.ts'

let dir: string
let paths: string[]
let whole: MemoryLog
let expected: Digest[]

// Some 100 sessions of shares and indices, with a split in June; the first scores come after some 50 of them.
const timeoutMs = 180_000
const from = '2000-03-01'

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'barline-chain-'))
  paths = shippedSpan(dir, from, '2000-07-22')
  whole = await runChain(paths)
  expected = await digests(whole)
}, timeoutMs)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('the chain over the shipped bars', () => {
  test('has records on every topic that it makes of bars', () => {
    const counts = new Map(expected.map(({ topic, dataRecords }) => [topic, dataRecords]))
    for (const topic of ['tape', 'indicators', 'features.core_pack_1d', 'scores.raw', 'scores']) {
      expect(counts.get(topic)).toBeGreaterThan(100)
    }
  })

  test.each([
    { workersEach: 1, records: 20 },
    { workersEach: 2, records: 100 },
    { workersEach: 3, records: 1_000 },
  ])(
    'has the same digests with $workersEach workers of each processor and chunks of $records',
    async ({ workersEach, records }) => {
      expect(await digests(await runChain(paths, { workersEach, limits: { records } }))).toEqual(expected)
    },
    timeoutMs,
  )

  test.each([
    { seed: 5, from: 'log' },
    { seed: 6, from: 'snapshots' },
  ] as const)(
    'has the same digests when tasks are thrown away at random and come back from the $from (seed $seed)',
    async ({ seed, from: source }) => {
      const thrown = thrownAway(seed, source)
      expect(await digests(await runChain(paths, { limits: { records: 60 }, ...thrown.run }))).toEqual(expected)
      expect(thrown.happened.length).toBeGreaterThan(10)
      expect(new Set(thrown.happened)).toEqual(new Set(['before', 'after']))
      expect(thrown.ignored).toEqual([])
      const folds = ['ingest', 'engine', 'breadth', 'features', 'blend']
      expect(neverResumed(thrown, folds)).toEqual(source === 'log' ? folds : [])
    },
    timeoutMs,
  )

  test.each(['2000-06-21', '2000-07-05'])(
    'does not look ahead: without the bars from %s on, nothing known before changes',
    async (before) => {
      const cut = await runChain(shippedSpan(dir, from, before))
      const time = Date.parse(`${before}T00:00:00Z`)
      for (const topic of derivedTopics) {
        const known = knownBy(cut, topic, time)
        if (topic.startsWith('dead-letters')) continue
        expect(known).toEqual(knownBy(whole, topic, time))
        if (topic === 'scores' || topic === 'tape') expect(known.flat().length).toBeGreaterThan(20)
      }
    },
    timeoutMs,
  )
})
