import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createOfflineCodec } from '../../../avro/codec.ts'
import { loadResolvedViews } from '../../../catalog/views.ts'
import { createOnlineView } from '../../../serve/features/online-view.ts'
import type { ServedRow } from '../../../serve/features/served-row.ts'
import { decodeInput } from '../../../streams/input-record.ts'
import type { MemoryLog } from '../../../streams/memory/memory-log.ts'
import { runBulk } from '../../streams/support/mixed-chain.ts'
import { seededRandom } from '../../streams/support/random.ts'
import { type Change, changedAfter } from '../../support/changed-later.ts'
import { writeMixedInput } from '../../support/mixed-input.ts'
import { firstHourly, sessionAt, sessions, usualDelayMs } from '../../support/mixed-market.ts'
import { newestKnown, type RowsOfViews, rowsOfViews } from '../../support/offline-features.ts'

const timeoutMs = 180_000
const partitions = 3
const seed = 11
const views = loadResolvedViews()
const codec = createOfflineCodec()
/** In the middle of a session, with hourly bars, figures, events and a split behind it. */
const time = sessionAt(sessions.length - 14).openMs + 100 * 60_000 + 7
const part = {
  withClock: false,
  barsFrom: sessionAt(firstHourly - 5).openMs,
  knownBefore: sessionAt(sessions.length - 8).openMs,
}

let dir: string
let paths: readonly string[]
let whole: RowsOfViews
let log: MemoryLog

const rowsFrom = async (files: readonly string[]): Promise<RowsOfViews> =>
  rowsOfViews(await runBulk(files), codec, partitions, views)

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'barline-look-ahead-'))
  paths = writeMixedInput(dir, 'all', part)
  log = await runBulk(paths)
  whole = await rowsOfViews(log, codec, partitions, views)
}, timeoutMs)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** What a row says; where it lies in the log may differ. */
const contentOf = (row: ServedRow | undefined) =>
  row && {
    ts: row.ts,
    knownAt: row.knownAt,
    values: [...row.values],
    vectors: [...row.vectors],
    imputed: [...row.imputed],
  }

describe('an answer as of a time', () => {
  test.each<Change>(['deleted', 'randomised', 'shifted'])(
    'is the same when every input that became known later is %s, side inputs included',
    async (change) => {
      const other = await rowsFrom(paths.map((path) => changedAfter(path, time, usualDelayMs, change, seed)))
      const random = seededRandom(seed)
      let [compared, different] = [0, 0]
      for (const { id } of views) {
        for (const [symbol, rows] of whole.get(id) ?? []) {
          const others = other.get(id)?.get(symbol) ?? []
          if (JSON.stringify(others.map(contentOf)) !== JSON.stringify(rows.map(contentOf))) different += 1
          const times = Array.from({ length: 40 }, () => Math.floor(time - random() * 20 * 86_400_000))
          for (const asOf of [time, ...times]) {
            const answer = newestKnown(rows, asOf)
            expect(contentOf(newestKnown(others, asOf))).toEqual(contentOf(answer))
            if (answer !== undefined) compared += 1
          }
        }
      }
      expect(compared).toBeGreaterThan(200)
      // Behind that time the change is to be seen, or it would have shown nothing.
      expect(different).toBeGreaterThan(5)
    },
    timeoutMs,
  )

  test('follows the one rule in the view in memory too', () => {
    const random = seededRandom(seed)
    for (const { id } of views) {
      const online = createOnlineView({ rowsPerSymbol: 1_000, graceMs: 60_000 })
      for (const rows of whole.get(id)?.values() ?? []) for (const row of rows) online.takeRow(row)
      for (const [symbol, rows] of whole.get(id) ?? []) {
        for (let at = 0; at < 50; at += 1) {
          const asOf = Math.floor(time + (random() - 0.5) * 40 * 86_400_000)
          const found = online.find(symbol, asOf)
          expect(found.kind === 'row' ? found.row : undefined).toBe(newestKnown(rows, asOf))
        }
      }
    }
  })
})

describe('known_at', () => {
  test('never falls along the rows of a symbol, nor does ts', () => {
    for (const { id } of views) {
      for (const rows of whole.get(id)?.values() ?? []) {
        for (const [at, { ts, knownAt }] of rows.entries()) {
          expect(knownAt).toBeGreaterThanOrEqual(rows[at - 1]?.knownAt ?? 0)
          expect(ts).toBeGreaterThan(rows[at - 1]?.ts ?? 0)
          expect(knownAt).toBeGreaterThanOrEqual(ts)
        }
      }
    }
  })

  test.each(['tape', 'indicators', 'market-state', ...views.map(({ topic }) => topic)])(
    'never falls along a symbol and timeframe of %s, nor comes before ts',
    async (topic) => {
      let compared = 0
      for (let partition = 0; partition < partitions; partition += 1) {
        const newest = new Map<string, number>()
        for (const raw of log.recordsOf({ topic, partition })) {
          const { input } = await decodeInput(codec, { topic, partition }, raw)
          if (input?.kind !== 'data') continue
          const { symbol = '*', timeframe, ts, known_at: knownAt } = input.value
          // A side input on the tape waits for the bar that it acts on.
          if (typeof timeframe !== 'string') continue
          const series = `${symbol} ${timeframe}`
          expect(knownAt).toBeGreaterThanOrEqual(Math.max(Number(ts), newest.get(series) ?? 0))
          newest.set(series, Number(knownAt))
          compared += 1
        }
      }
      expect(compared).toBeGreaterThan(200)
    },
  )
})
