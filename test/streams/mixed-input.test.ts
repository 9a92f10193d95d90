import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Digest } from '../../streams/digest.ts'
import type { MemoryLog } from '../../streams/memory/memory-log.ts'
import { earningsSession, macroSession, restatement, writeMixedInput } from '../support/mixed-input.ts'
import {
  dailySymbols,
  edgeSession,
  firstHourly,
  hourlySymbols,
  mixedBars,
  roundTheClock,
  sessions,
  silentSession,
  splitSession,
  tardyDelayMs,
} from '../support/mixed-market.ts'
import { comparedDigests, type ReadRecord, recordsOf, runBulk, runPaced, runReplay } from './support/mixed-chain.ts'
import { neverResumed, thrownAway } from './support/thrown-away.ts'

const timeoutMs = 180_000
const graceMs = 60_000

let dir: string
let paths: string[]
let bulk: MemoryLog
let expected: Digest[]

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'barline-mixed-'))
  paths = writeMixedInput(dir, 'all', { withClock: true })
  bulk = await runBulk(paths)
  expected = await comparedDigests(bulk)
}, timeoutMs)

afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** What the tape says, without the places in the raw topics, which differ with the transactions of the load. */
const tapeOf = (log: MemoryLog) =>
  recordsOf(log, 'tape').map(({ value, ...rest }) => ({ ...rest, value: { ...value, source_offset: 0 } }))

describe('indicators, market-state and features of a mixed input are the same', () => {
  test.each([{ workersEach: 3, records: 50 }])(
    'when it is loaded at once, and $workersEach workers of each processor take chunks of $records',
    async ({ workersEach, records }) => {
      expect(await comparedDigests(await runBulk(paths, { workersEach, limits: { records } }))).toEqual(expected)
    },
    timeoutMs,
  )

  test(
    'when its tasks are thrown away at random, and go on from snapshots',
    async () => {
      const thrown = thrownAway(11, 'snapshots')
      const disturbed = await runBulk(paths, { limits: { records: 150 }, ...thrown.run })
      expect(await comparedDigests(disturbed)).toEqual(expected)
      expect(recordsOf(disturbed, 'tape')).toEqual(recordsOf(bulk, 'tape'))
      expect(thrown.ignored).toEqual([])
      expect(neverResumed(thrown, ['ingest', 'engine', 'breadth', 'features'])).toEqual([])
    },
    timeoutMs,
  )

  test.each([{ workersEach: 2, records: 20, calmEvery: 200 }])(
    'when it comes as time goes on, while $workersEach workers of each processor take chunks of $records',
    async ({ workersEach, records, calmEvery }) => {
      const paced = await runPaced(paths, { workersEach, limits: { records }, calmEvery })
      expect(tapeOf(paced)).toEqual(tapeOf(bulk))
      expect(await comparedDigests(paced)).toEqual(expected)
    },
    timeoutMs,
  )

  test.each([
    { workersEach: 1, records: 1_000 },
    { workersEach: 2, records: 7 },
  ])(
    'when its tape is replayed, and $workersEach workers of each processor take chunks of $records',
    async ({ workersEach, records }) => {
      expect(await comparedDigests(await runReplay(bulk, { workersEach, limits: { records } }))).toEqual(expected)
    },
    timeoutMs,
  )
})

describe('the mixed input', () => {
  const rowsOf = (symbol: string, timeframe: string): ReadRecord['value'][] =>
    recordsOf(bulk, 'indicators').flatMap(({ value }) =>
      value.symbol === symbol && value.timeframe === timeframe ? [value] : [],
    )
  const placeOf = ({ ts }: ReadRecord['value']): number => sessions.findIndex(({ closeMs }) => closeMs === ts)
  const barriers = (timeframe: string, symbol?: string): ReadRecord['value'][] =>
    recordsOf(bulk, 'market-state').flatMap(({ value }) =>
      value.timeframe === timeframe && value.symbol === symbol ? [value] : [],
    )

  test('has a row of the view for each daily bar of every symbol', () => {
    const keys = recordsOf(bulk, 'features.core_pack_1d').map(({ value }) => `${value.symbol} ${value.ts}`)
    const days = recordsOf(bulk, 'indicators').flatMap(({ value }) =>
      value.timeframe === '1d' ? [`${value.symbol} ${value.ts}`] : [],
    )
    expect(keys.sort()).toEqual(days.sort())
    expect(keys.length).toBeGreaterThan(900)
    expect(recordsOf(bulk, 'features.core_pack_1d').at(-1)?.value.fill_rate).toBeGreaterThan(0.7)
  })

  test('takes all bars but one, which comes after the grace', () => {
    const bars = recordsOf(bulk, 'tape').filter(({ recordName }) => recordName === 'barline.tape.TapeBar')
    expect(bars).toHaveLength(mixedBars({ withClock: true }).length - 1)
    const refused = ['ingest', 'engine', 'breadth', 'features'].flatMap((name) =>
      recordsOf(bulk, `dead-letters.${name}`),
    )
    expect(refused.map(({ key, value }) => [key, value.reason])).toEqual([['PINE', 'LATE']])
    expect(rowsOf('PINE', '1d').map(placeOf)).not.toContain(sessions.indexOf(edgeSession))
  })

  test('has bars that come late within the grace, up to its end, and are members of their barrier', () => {
    const late = rowsOf('TARDY', '1h')
    expect(late.length).toBeGreaterThan(150)
    for (const { ts, known_at: knownAt } of late) expect(knownAt).toBe(Number(ts) + tardyDelayMs)
    expect(barriers('1h', 'TARDY').map(({ ts }) => ts)).toEqual(late.map(({ ts }) => ts))
    const atTheEdge = rowsOf('YEW', '1d').find((row) => placeOf(row) === sessions.indexOf(edgeSession))
    expect(atTheEdge?.known_at).toBe(edgeSession.closeMs + graceMs)
    expect(barriers('1d', 'YEW').map(({ ts }) => ts)).toContain(edgeSession.closeMs)
  })

  test('has a symbol that falls silent, whose day and week a clock marker closes', () => {
    const hours = rowsOf('SILENT', '1h')
    expect(hours.at(-1)?.ts).toBeLessThan(silentSession.closeMs)
    const knownAt = silentSession.closeMs + graceMs + 1
    expect(rowsOf('SILENT', '1d').at(-1)).toMatchObject({ ts: silentSession.closeMs, known_at: knownAt })
    expect(rowsOf('SILENT', '1w').at(-1)?.known_at).toBeGreaterThan(knownAt)
    expect(barriers('1d').at(-1)).toMatchObject({ members: 12, coverage: 12 / 13 })
  })

  test('has a split that rescales every timeframe, and one that is cancelled and rescales nothing', () => {
    for (const timeframe of ['1h', '1d', '1w']) {
      const rows = rowsOf('HALVED', timeframe)
      const index = rows.findIndex(({ split_factor: factor }) => factor !== null)
      const [before, after] = [rows[index - 1], rows[index]]
      expect(after?.split_factor).toBe(2)
      expect(before?.ts).toBeLessThanOrEqual(splitSession.openMs)
      expect(Number(after?.close) / Number(before?.close)).toBeCloseTo(0.5, 1)
      if (timeframe !== '1w') expect(Number(after?.sma_20__value) / Number(before?.sma_20__value)).toBeCloseTo(0.5, 1)
    }
    expect(rowsOf('OAK', '1d').filter(({ split_factor: factor }) => factor !== null)).toEqual([])
  })

  test('has reported figures, one of them restated', () => {
    const earnings = rowsOf('ELM', '1d').map((row) => Number(row.close) / Number(row.pe_ttm__value))
    const place = sessions.indexOf(restatement.session)
    expect(earnings[place - 1]).toBeCloseTo(restatement.before, 9)
    expect(earnings[place]).toBeCloseTo(restatement.after, 9)
  })

  test('has earnings that were moved, which flag the sessions around the new date alone, and surprise', () => {
    const rows = rowsOf('ASH', '1d')
    const flagged = rows.filter(({ earnings_flag__value: flag }) => flag === 1).map(placeOf)
    const next = sessions.indexOf(earningsSession) + 1
    expect(flagged).toContain(next)
    for (const place of flagged) expect(Math.abs(place - next)).toBeLessThanOrEqual(3)
    const surprises = rows.map(({ earnings_surprise_v1__sue: surprise }) => surprise)
    expect(surprises[next - 1]).toBeNull()
    expect(surprises[next]).toBeGreaterThan(0)
  })

  test('has macro series, whose releases are events of every symbol', () => {
    for (const symbol of ['ASH', 'HALVED', 'SPX']) {
      const rows = rowsOf(symbol, '1d')
      const flagged = rows.filter(({ macro_release_flag__value: flag }) => flag === 1).map(placeOf)
      expect(flagged).toContain(sessions.indexOf(macroSession))
      expect(rows.at(-1)?.macro_regime_state_v1__macro_regime_state).not.toBeNull()
    }
  })

  test('has a portfolio, whose positions are weighed and whose risk is measured', () => {
    expect(rowsOf('OAK', '1d').at(-1)?.position_ctx_v1__weight).toBeGreaterThan(0)
    expect(rowsOf('ASH', '1d').at(-1)?.position_ctx_v1__weight).toBe(0)
    const newest = barriers('1d').at(-1)
    expect(newest?.risk_budget_util_v1__vol_util).toBeGreaterThan(0)
    expect(newest?.risk_budget_util_v1__gross_util).toBeGreaterThan(0)
  })

  test('has quotes', () => {
    const spreads = rowsOf('HALVED', '1h').map(({ spread_bp__value: spread }) => spread)
    expect(spreads.at(-1)).toBeGreaterThan(0)
    expect(spreads[0]).toBeNull()
  })

  test('has a universe of which every symbol is a member, and values among peers', () => {
    const members = [...dailySymbols, ...hourlySymbols, roundTheClock]
    for (const symbol of members) {
      const ranks = barriers('1d', symbol).map(({ xs_rank_v1__ret_20: rank }) => rank)
      expect(ranks.filter((rank) => rank !== null).length).toBeGreaterThan(20)
    }
    const newest = barriers('1d', 'ELM').at(-1)
    for (const field of [
      'beta_market_60__value',
      'valuation_percentile_v1__valuation_percentile',
      'fund_quality_score_v1__fund_quality_score',
      'sector_rel_v1__rel_z',
      'market_resid_v1__idio_vol_60',
    ]) {
      expect(newest?.[field]).toEqual(expect.any(Number))
    }
    expect(barriers('1d').at(-1)?.dispersion_v1__avg_corr_60).toEqual(expect.any(Number))
  })

  test('has a symbol around the clock, whose days are first given and then made of hours', () => {
    const days = rowsOf(roundTheClock, '1d')
    const weekends = days.filter(({ ts }) => [0, 1].includes(new Date(Number(ts)).getUTCDay()))
    expect(weekends.length).toBeGreaterThan(20)
    expect(days.length).toBe(96)
    expect(rowsOf(roundTheClock, '1h')).toHaveLength(6 * 24)
    expect(barriers('1h', roundTheClock).length).toBeGreaterThan(20)
    expect(rowsOf('HALVED', '1d')).toHaveLength(sessions.length)
    expect(firstHourly).toBeGreaterThan(40)
  })
})
