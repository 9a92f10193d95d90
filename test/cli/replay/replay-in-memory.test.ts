import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createOfflineCodec } from '../../../avro/codec.ts'
import { defineProcessor } from '../../../cli/chain.ts'
import { readConfig } from '../../../cli/config.ts'
import type { CutContext } from '../../../cli/replay/cuts.ts'
import { feed } from '../../../cli/replay/feed.ts'
import { logOfReplay } from '../../../cli/replay/open-replay.ts'
import { feedParts, planReplay, shapeOf, wantedBy } from '../../../cli/replay/plan.ts'
import { compareTopic, type TopicComparison } from '../../../cli/verify/compare-topics.ts'
import { sidesOf } from '../../../cli/verify/sides.ts'
import type { ProcessorDefinition } from '../../../streams/definition.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import { behindTape, mixedMarket, partitions, runBulk } from '../../streams/support/mixed-chain.ts'
import { type ProcessorRun, runProcessors } from '../../streams/support/run-processors.ts'
import { writeMixedInput } from '../../support/mixed-input.ts'
import { firstHourly, sessionAt } from '../../support/mixed-market.ts'

const timeoutMs = 300_000
const codec = createOfflineCodec()
const config = readConfig({ BARLINE_PARTITIONS: String(partitions) })
const part = { withClock: true, barsFrom: sessionAt(firstHourly).openMs }

let dir: string
let live: MemoryLog
let context: CutContext
let definitions: readonly ProcessorDefinition[]

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'barline-replay-'))
  live = await runBulk(writeMixedInput(dir, 'all', part))
  const store = () => Promise.reject(new Error('There is no ClickHouse in memory'))
  const scoring = [
    await defineProcessor('inference', { market: mixedMarket, store }),
    await defineProcessor('blend', { market: mixedMarket, store }),
  ]
  definitions = [...behindTape, ...scoring]
  await runProcessors({ log: live, codec, partitions, definitions: scoring })
  context = { log: live, codec, partitions, grid: mixedMarket.grid }
}, timeoutMs)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Plans and runs a replay over a log of its own, and compares it with what was live. */
async function replayed(
  request: { fromTs?: number; toTs?: number; symbols?: string[] },
  run: ProcessorRun,
): Promise<TopicComparison[]> {
  const { fromTs = null, toTs = null, symbols = [] } = request
  const asked = { name: 'r', fromTs, toTs, symbols, hasTables: false }
  const replay = await planReplay({ ...context, config }, asked, { release: '0', changed_at: 0 })
  const shape = shapeOf(replay)
  const own = new MemoryLog({ partitions })
  const log = logOfReplay({ base: live, own, codec }, replay)
  const chosen = definitions.filter(({ name }) => shape.processors.some((processor) => processor.name === name))
  const feeding = { source: live, target: own, codec, parts: feedParts(shape, replay), wants: wantedBy(replay) }
  await runProcessors({ log, codec, partitions, definitions: chosen }, run, async () => void (await feed(feeding)))
  const comparisons: TopicComparison[] = []
  const all = { fromTs: null, toTs: null }
  for (const topic of ['indicators', 'market-state', 'features.core_pack_1h', 'features.core_pack_1d']) {
    if (symbols.length > 0 && topic === 'market-state') continue
    comparisons.push(await compareTopic(codec, topic, await sidesOf(context, own, replay, topic, all)))
  }
  return comparisons
}

const from = sessionAt(firstHourly + 4).closeMs
const to = sessionAt(firstHourly + 15).closeMs

describe('a replay gives the live records, byte for byte,', () => {
  test.each([
    { of: 'from a time on', request: { fromTs: from }, run: { workersEach: 1, limits: { records: 500 } } },
    { of: 'up to a time', request: { toTs: to }, run: { workersEach: 2, limits: { records: 90 } } },
    { of: 'a range', request: { fromTs: from, toTs: to }, run: { workersEach: 3, limits: { records: 7 } } },
    {
      of: 'a range of some symbols',
      request: { fromTs: from, toTs: to, symbols: ['COIN', 'HALVED', 'YEW'] },
      run: { workersEach: 2, limits: { records: 25 } },
    },
    { of: 'one symbol', request: { symbols: ['OAK'] }, run: { workersEach: 1, limits: { records: 1_000 } } },
  ])(
    'of $of',
    async ({ request, run }) => {
      const comparisons = await replayed(request, run)
      for (const { topic, differing, first, later, live: count, liveDigest, replayDigest } of comparisons) {
        expect({ topic, differing, first, later }).toEqual({ topic, differing: 0, first: undefined, later: 0 })
        // A symbol of daily bars has no row of the hourly view.
        if (topic !== 'features.core_pack_1h') expect(count).toBeGreaterThan(5)
        expect(replayDigest).toBe(liveDigest)
      }
    },
    timeoutMs,
  )

  test('and holds nothing outside of its range', async () => {
    const [indicators] = await replayed({ fromTs: from, toTs: to, symbols: ['YEW'] }, {})
    // One row each for the twelve days, and the week's ends among them.
    expect(indicators?.live).toBeGreaterThanOrEqual(12)
    expect(indicators?.live).toBeLessThan(20)
  })
})
