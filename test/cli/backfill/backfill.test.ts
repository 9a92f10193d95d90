import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Backfilled } from '../../../cli/backfill/backfill.ts'
import { findRun, type Run } from '../../../cli/backfill/runs.ts'
import { adoptRun } from '../../../cli/backfill/write-log.ts'
import { chainInputs } from '../../../cli/chain.ts'
import type { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { Log } from '../../../streams/port.ts'
import { chainPartitions, digests, runChain } from '../../streams/support/chain-in-memory.ts'
import { withCommitFaults, withWriters } from '../../streams/support/faulty-log.ts'
import { shippedSpan } from '../../support/cut-bars.ts'
import {
  backfillOf,
  type Files,
  lateDay,
  revisedChain,
  revisedDay,
  rowsOf,
  said,
  symbol,
  writeFiles,
} from './revised-history.ts'

const timeoutMs = 180_000
jest.setTimeout(timeoutMs)
const topics = ['tape', 'indicators', 'features.core_pack_1d', 'scores.raw']
const day = (label: string) => Date.parse(`${label}T20:00:00Z`)
const corrected = day(revisedDay)
const saidAt = day('2000-07-10')

let dir: string
let files: Files
let right: MemoryLog
let revised: MemoryLog

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'barline-backfill-'))
  files = writeFiles(dir)
  right = await runChain(files.right)
  revised = await revisedChain(files, saidAt)
}, timeoutMs)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** Where every group stands, and what is on the topics of the chain. */
async function liveState(log: MemoryLog): Promise<unknown> {
  const all = chainInputs().flatMap(({ name, inputs }) =>
    inputs.flatMap((topic) => Array.from({ length: chainPartitions }, (_, partition) => ({ name, topic, partition }))),
  )
  const positions = await Promise.all(all.map(async (each) => [...(await log.committed(each.name, [each]))]))
  return [await digests(log), positions]
}

const runIdOf = ({ rebuilt }: Backfilled): string => rebuilt.run?.run_id ?? ''

describe('a backfill of bars that came late or revised', () => {
  let done: Backfilled
  let before: unknown
  let after: unknown

  beforeAll(async () => {
    before = await liveState(revised)
    done = await backfillOf(revised)
    after = await liveState(revised)
  }, timeoutMs)

  test('finds them in the dead letters of ingest', () => {
    const found = done.plan.corrections.map(({ bar, old }) => [bar.ts, old?.close, bar.close])
    expect(found).toEqual([
      [corrected, 121.5, 117.87],
      [day(lateDay), undefined, expect.any(Number)],
    ])
    expect(done.rebuilt.refused).toEqual([])
  })

  test('begins at the first of them', () => {
    expect(done.plan.fromTs).toBe(corrected)
    for (const topic of topics) {
      expect(Math.min(...rowsOf(revised, topic, 0, runIdOf(done)).map(({ ts }) => Number(ts)))).toBe(corrected)
    }
  })

  test.each(topics)('writes to its own topic the rows that %s would have if they had come right at first', (topic) => {
    const rows = rowsOf(revised, topic, 0, runIdOf(done)).map(said)
    expect(rows.length).toBeGreaterThan(50)
    expect(rows).toEqual(
      rowsOf(right, topic, corrected)
        .filter(({ timeframe }) => timeframe !== undefined)
        .map(said),
    )
  })

  test('says of no row that it was known before the correction was', () => {
    for (const topic of topics) {
      const known = rowsOf(revised, topic, 0, runIdOf(done)).map(({ known_at }) => Number(known_at))
      expect(known.filter((time) => time < day('2000-07-21'))).toEqual([])
      expect(known).toEqual(known.toSorted((a, b) => a - b))
    }
    // The feed claims an earlier time than that of the newest bar, which the log had before.
    const newestBar = day('2000-07-21')
    expect(newestBar).toBeGreaterThan(saidAt)
    expect(done.plan.corrections.map(({ bar }) => bar.known_at)).toEqual([newestBar, newestBar])
  })

  test('leaves the live topics and all committed positions as they were', () => {
    expect(after).toEqual(before)
  })

  test('counts the rows that differ from the live ones, and those that are new', () => {
    const { comparisons, written, run } = done.rebuilt
    expect(comparisons.get('tape')).toMatchObject({
      differing: 1,
      added: 1,
      first: { ts: corrected, field: 'close', live: 121.5, run: 117.87 },
    })
    expect(comparisons.get('indicators')).toMatchObject({ added: 1, first: { ts: corrected, field: 'close' } })
    const rows = Object.fromEntries([...comparisons].map(([topic, { rows: count }]) => [topic, count]))
    expect(run).toMatchObject({ symbol, rows, from_ts: corrected, adopted_at: null, corrected_bars: 2 })
    expect(written).toBe(Object.values(rows).reduce((sum, count) => sum + count, 0))
  })

  test('has been done once when it is asked for again', async () => {
    const again = await backfillOf(revised)
    expect(again.rebuilt.run).toEqual(done.rebuilt.run)
    expect(again.rebuilt.written).toBe(0)
    expect(again.rebuilt.comparisons).toEqual(done.rebuilt.comparisons)
  })

  test('is adopted by a further word on it', async () => {
    const { run } = done.rebuilt
    if (run === undefined) throw new Error('no run')
    await adoptRun(done.context, run, 5)
    expect((await backfillOf(revised)).rebuilt.run).toEqual({ ...run, adopted_at: 5 })
  })
})

test('rows before the first corrected bar are those of the live run', async () => {
  const fromTs = day('2000-04-14')
  const { rebuilt, plan } = await backfillOf(revised, { fromTs })
  expect(plan.fromTs).toBe(fromTs)
  for (const topic of ['tape', 'indicators', 'features.core_pack_1d']) {
    const isBefore = ({ ts }: Record<string, unknown>) => Number(ts) < corrected
    const rows = rowsOf(revised, topic, 0, rebuilt.run?.run_id).filter(isBefore)
    expect(rows.length).toBeGreaterThan(10)
    expect(rows).toEqual(rowsOf(revised, topic, fromTs).filter((row) => isBefore(row) && row.timeframe !== undefined))
  }
})

test('a dry run says the same and writes nothing', async () => {
  const fromTs = day('2000-04-20')
  const before = await liveState(revised)
  const { rebuilt, plan } = await backfillOf(revised, { fromTs, isDryRun: true })
  expect(rebuilt.run).toBeUndefined()
  expect(rebuilt.comparisons.get('indicators')).toMatchObject({ added: 1 })
  expect(plan.corrections).toHaveLength(2)
  expect(await liveState(revised)).toEqual(before)
})

test.each(['before', 'after'] as const)(
  'a backfill whose first transaction fails %s it takes effect goes on with each row once',
  async (fault) => {
    const fromTs = day(fault === 'before' ? '2000-03-03' : '2000-03-06')
    let runId = ''
    const faulty = withCommitFaults(revised, (id) => {
      if (!id.startsWith('backfill-') || runId !== '') return undefined
      runId = id
      return fault
    })
    await expect(backfillOf(faulty, { fromTs })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    const left = topics.reduce((sum, topic) => sum + rowsOf(revised, topic, 0, runId).length, 0)
    expect(left > 0).toBe(fault === 'after')
    const { rebuilt } = await backfillOf(revised, { fromTs })
    expect(rebuilt.run?.run_id).toBe(runId)
    const rows = Object.values(rebuilt.run?.rows ?? {}).reduce((sum, count) => sum + count, 0)
    expect(rows).toBeGreaterThan(400)
    expect(rebuilt.written).toBe(rows - left)
    for (const topic of topics) {
      const expected = rowsOf(right, topic, fromTs).filter(({ timeframe }) => timeframe !== undefined)
      expect(rowsOf(revised, topic, 0, runId).map(said)).toEqual(expected.map(said))
    }
  },
  timeoutMs,
)

test(
  'a backfill that begins while another finishes the same run, and that one is adopted, says no more of it',
  async () => {
    const fromTs = day('2000-03-08')
    let adopted: Run | undefined
    const late: Log = {
      ...withWriters(revised, (_id, writer) => writer),
      async writer(id) {
        if (id.startsWith('backfill-') && adopted === undefined) {
          const { context, rebuilt } = await backfillOf(revised, { fromTs })
          if (rebuilt.run === undefined) throw new Error('no run')
          adopted = await adoptRun(context, rebuilt.run, 5)
        }
        return revised.writer(id)
      },
    }
    const { context, rebuilt } = await backfillOf(late, { fromTs })
    expect([rebuilt.run, rebuilt.written]).toEqual([adopted, 0])
    expect(await findRun(revised, context.codec, context.partition, adopted?.run_id ?? '')).toEqual(adopted)
  },
  timeoutMs,
)

describe('corrections of files', () => {
  const write = (name: string, ...lines: string[]): string => {
    const path = join(dir, name)
    writeFileSync(path, `${lines.join('\n')}\n`)
    return path
  }

  test('are known now where they do not say since when, stand in the log, and win over earlier ones', async () => {
    const line = files.revisedLine.replace(',117.87,', ',118.25,')
    const path = write('again.csv', files.header, line, files.lateLine.replace(symbol, 'MSFT'))
    const first = await backfillOf(revised, { files: [path] })
    expect(first.otherSymbols).toBe(1)
    expect(first.plan.corrections[0]).toMatchObject({
      bar: { close: 118.25, known_at: first.plan.survey.knownAt, source_offset: -1 },
      source: 'again.csv:2',
    })
    expect(rowsOf(revised, 'market.corrections')).toMatchObject([{ symbol, close: 118.25, source: 'again.csv' }])
    const again = await backfillOf(revised, { files: [path] })
    expect(again.rebuilt.run).toEqual(first.rebuilt.run)
    expect(rowsOf(revised, 'market.corrections')).toHaveLength(1)
    expect((await backfillOf(revised)).rebuilt.run).toEqual(first.rebuilt.run)
  })

  test('may say since when they are known', async () => {
    const path = write('dated.csv', `${files.header},known_at_utc`, `${files.lateLine},2000-05-11T00:00:00Z`)
    const { plan } = await backfillOf(await runChain(files.wrong), { files: [path] })
    expect(plan.corrections.map(({ bar, old }) => [bar.ts, bar.known_at, old])).toEqual([
      [day(lateDay), Date.UTC(2000, 4, 11), undefined],
    ])
  })

  test(
    'may be history from before all that was loaded',
    async () => {
      const log = await runChain(shippedSpan(dir, '2000-06-01', '2000-07-22'))
      const older = shippedSpan(dir, '2000-03-01', '2000-06-01')[1] ?? ''
      const { rebuilt, plan } = await backfillOf(log, { files: [older] })
      expect(plan.corrections.every(({ old }) => old === undefined)).toBe(true)
      for (const topic of topics) {
        const expected = rowsOf(right, topic).filter(({ timeframe }) => timeframe !== undefined)
        expect(rowsOf(log, topic, 0, rebuilt.run?.run_id).map(said)).toEqual(expected.map(said))
      }
    },
    timeoutMs,
  )

  test('are refused by line where ingest would refuse them, or where they are no correction', async () => {
    const path = write(
      'faulty.csv',
      files.header,
      files.revisedLine,
      files.revisedLine.replace('126.25', '1'),
      files.revisedLine.replace(revisedDay, '2000-05-06'),
      files.revisedLine.replace(revisedDay, '2000-08-01'),
    )
    const { plan } = await backfillOf(await runChain(files.wrong), { files: [path] })
    expect(plan.corrections).toHaveLength(1)
    expect(plan.refused.map(({ line, why }) => [line, why])).toEqual([
      [4, expect.stringContaining('no session')],
      [3, expect.stringContaining('HIGH_BELOW_LOW')],
      [5, expect.stringContaining('load it with `barline load`')],
    ])
  })
})

describe('is refused, and says why:', () => {
  const refused = (log: MemoryLog, given: Parameters<typeof backfillOf>[1], message: string) =>
    expect(backfillOf(log, given)).rejects.toMatchObject({
      code: 'BACKFILL_REFUSED',
      message: expect.stringContaining(message),
    })

  test('a symbol that the tape does not know', () => refused(right, { symbol: 'NOPE' }, 'Nothing is known of NOPE'))
  test('a history without anything to correct', () => refused(right, {}, 'Nothing to correct: AAPL has 101 records'))
  test('a time in the future', () => refused(right, { fromTs: Date.UTC(2030, 0, 1) }, 'is in the future'))
  test('a time after the newest bar', () => refused(revised, { fromTs: Date.UTC(2000, 8, 1) }, 'after the newest bar'))
})
