import { expect, test } from '@jest/globals'
import { crossSectionRows } from '../../../catalog/cross-section.ts'
import { fieldName } from '../../../catalog/indicator-column.ts'
import { describeWithShared } from '../indicators/shared-data.ts'
import { appliedAll } from '../ingest/driver.ts'
import { catalog } from './cross-cases.ts'
import { averagePairCorrelation, mahalanobis, plainMedian, rankOf, weightedMoments } from './independent.ts'
import { realBreadth, realFiles, realMarket, realRecords } from './real-market.ts'

const { NaN: none } = Number

describeWithShared('the cross-section of 23 real symbols', realFiles, () => {
  const { times, listed } = realMarket()
  const members = listed.filter(({ symbol }) => symbol !== 'SPX').toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1))
  const records = realRecords(times, listed)
  // Taken up again from a snapshot in the sixth of the six years.
  const interrupted = Math.floor(records.length * 0.9)
  const breadth = realBreadth(listed)
  const before = appliedAll(breadth, records.slice(0, interrupted))
  const snapshot = breadth.snapshot()
  const after = appliedAll(breadth, records.slice(interrupted))
  const emissions = [...before, ...after]
  const outputs = emissions.flatMap((one) => (one.kind === 'record' ? [one.output] : []))
  const market = outputs.filter(({ key, partition }) => key === '*' && partition === 0).map(({ value }) => value)
  const universe = new Map<string, Readonly<Record<string, unknown>>>(
    outputs.filter(({ key }) => key !== '*').map(({ key, value }) => [`${key} ${Number(value.ts)}`, value]),
  )
  const stageOne = new Map<string, Readonly<Record<string, unknown>>>(
    records.flatMap((one) => (one.kind === 'data' ? [[`${one.key} ${one.timestamp}`, one.value] as const] : [])),
  )

  const numberOf = (value: unknown): number => (typeof value === 'number' ? value : none)
  const inputOf = (symbol: string, session: number, field: string): number =>
    numberOf(stageOne.get(`${symbol} ${times[session]}`)?.[field])
  const close = (i: number, session: number): number => members[i]?.bars[session]?.close ?? none
  /** Close before the symbol's bar of a session, and n bars before it. */
  const closesOf = members.map(({ bars }) => bars.flatMap((bar) => (bar === undefined ? [] : [bar.close])))
  const barOf = members.map(({ bars }) => {
    let count = -1
    return bars.map((bar) => (bar === undefined ? none : ++count))
  })
  const ago = (i: number, session: number, bars: number): number =>
    closesOf[i]?.[(barOf[i]?.[session] ?? none) - bars] ?? none
  const logReturn = (i: number, session: number): number => Math.log(close(i, session) / ago(i, session, 1))
  const simpleReturn = (i: number, session: number, bars: number): number =>
    close(i, session) / ago(i, session, bars) - 1
  const each = members.map((_, i) => i)

  /**
   * Says where two series differ beyond 1e-9, or in what is absent, on every `step`-th session; how many values were compared at
   * all. Before session `from` there must be none.
   */
  function compare(
    actual: (session: number) => unknown,
    expected: (session: number) => number,
    from: number,
    step = 1,
  ) {
    let compared = 0
    const differing: string[] = []
    for (let session = 0; session < times.length; session += step) {
      const [a, e] = [numberOf(actual(session)), session < from ? none : expected(session)]
      const isSame = Number.isNaN(e) ? Number.isNaN(a) : Math.abs(a - e) <= 1e-9 * (1 + Math.abs(e))
      if (!isSame) differing.push(`session ${session}: ${a}, not ${e}`)
      if (!Number.isNaN(e)) compared += 1
    }
    expect(differing.slice(0, 5)).toEqual([])
    return compared
  }
  const marketField = (field: string) => (session: number) => market[session]?.[field]

  test('has a record for every session and refuses nothing', () => {
    expect(members).toHaveLength(23)
    expect(market.map(({ ts }) => ts)).toEqual(times)
    expect(emissions.filter(({ kind }) => kind === 'refusal')).toEqual([])
    expect(universe.size).toBe(
      members.reduce((sum, { bars }) => sum + bars.filter((bar) => bar !== undefined).length, 0),
    )
  })

  test('breadth_v1 is as counted', () => {
    const complete = (session: number) =>
      each.filter((i) => {
        const { symbol = '' } = members[i] ?? {}
        return ![close(i, session), inputOf(symbol, session, 'ema_50__value'), ago(i, session, 252)].includes(none)
      })
    const share = (value: (i: number, session: number) => number) => (session: number) => {
      const there = complete(session)
      return there.length < 10 ? none : there.reduce((sum, i) => sum + value(i, session), 0) / there.length
    }
    const above = share((i, session) => {
      return close(i, session) > inputOf(members[i]?.symbol ?? '', session, 'ema_50__value') ? 1 : 0
    })
    const advanced = share((i, session) => (Math.sign(logReturn(i, session)) + 1) / 2)
    const extremes = share((i, session) => {
      const year = Array.from({ length: 252 }, (_, bars) => ago(i, session, bars + 1))
      const now = close(i, session)
      return now > Math.max(...year) ? 1 : now < Math.min(...year) ? -1 : 0
    })
    expect(compare(marketField('breadth_v1__pct_above_ema50'), above, 252)).toBe(1258)
    expect(compare(marketField('breadth_v1__adv_ratio'), advanced, 252)).toBe(1258)
    expect(compare(marketField('breadth_v1__nh_nl'), extremes, 252, 7)).toBe(180)
  })

  test('dispersion_v1 is the deviation of the returns and the mean correlation of all pairs', () => {
    const deviation = (session: number) => {
      const returns = each.map((i) => logReturn(i, session)).filter((value) => !Number.isNaN(value))
      const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length
      return Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (returns.length - 1))
    }
    const correlation = (session: number) =>
      averagePairCorrelation(
        each
          .map((i) => Array.from({ length: 60 }, (_, day) => logReturn(i, session - 59 + day)))
          .filter((series) => !series.some(Number.isNaN)),
      )
    expect(compare(marketField('dispersion_v1__xs_std'), deviation, 60)).toBe(1450)
    expect(compare(marketField('dispersion_v1__avg_corr_60'), correlation, 60, 3)).toBe(484)
  })

  test('xs_rank_v1 is the rank by counting all pairs', () => {
    const memberField = (symbol: string, field: string) => (session: number) =>
      universe.get(`${symbol} ${times[session]}`)?.[field]
    let compared = 0
    for (const [i, { symbol }] of members.entries()) {
      const isWarm = (j: number, session: number) => !Number.isNaN(simpleReturn(j, session, 20))
      const rank = (value: (j: number, session: number) => number) => (session: number) =>
        rankOf(
          each.map((j) => (isWarm(j, session) ? value(j, session) : none)),
          i,
        )
      const fromRow = (field: string) => (j: number, session: number) =>
        inputOf(members[j]?.symbol ?? '', session, field)
      const check = (output: string, value: (j: number, session: number) => number) => {
        compared += compare(memberField(symbol, `xs_rank_v1__${output}`), rank(value), 0, 7)
      }
      check('ret_5', (j, session) => simpleReturn(j, session, 5))
      check('ret_20', (j, session) => simpleReturn(j, session, 20))
      for (const id of ['rsi_14', 'realized_vol_20', 'amihud_20', 'dollar_vol_20']) check(id, fromRow(`${id}__value`))
    }
    expect(compared).toBeGreaterThan(28_000)
  })

  test('sector_rel_v1 is the return less the median of the peers', () => {
    let compared = 0
    for (const [i, { symbol, sector }] of members.entries()) {
      const peers = each.filter((j) => j !== i && members[j]?.sector === sector)
      const relative = (session: number) => {
        const returns = peers.map((j) => simpleReturn(j, session, 20)).filter((value) => !Number.isNaN(value))
        return returns.length < 5 ? none : simpleReturn(i, session, 20) - plainMedian(returns)
      }
      const z = (session: number) => {
        const returns = Array.from({ length: 20 }, (_, bars) =>
          Math.log(ago(i, session, bars) / ago(i, session, bars + 1)),
        )
        const mean = returns.reduce((sum, value) => sum + value, 0) / 20
        const variance = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 19
        return Number.isNaN(close(i, session)) ? none : relative(session) / Math.sqrt(variance * 20)
      }
      const memberField = (field: string) => (session: number) => universe.get(`${symbol} ${times[session]}`)?.[field]
      compared += compare(memberField('sector_rel_v1__rel_ret_20'), relative, 0)
      compared += compare(memberField('sector_rel_v1__rel_z'), z, 0)
    }
    // Twelve industrials and seven of information technology; the four of consumer goods have too few peers.
    expect(compared).toBeGreaterThan(50_000)
  })

  test('turbulence_v1 is the distance by explicit sums and elimination, ranked by counting', () => {
    const sectors = [...new Set(members.map(({ sector }) => sector))].sort()
    const baskets = times.map((_, session) =>
      sectors.map((sector) => {
        const own = each.filter((i) => members[i]?.sector === sector).map((i) => logReturn(i, session))
        const there = own.filter((value) => !Number.isNaN(value))
        return there.reduce((sum, value) => sum + value, 0) / there.length
      }),
    )
    const distances = times.map((_, session) => {
      if (session < 60) return none
      // What is 900 days old has a weight of 1e-12.
      const { mean, covariance } = weightedMoments(baskets.slice(Math.max(1, session - 900), session), 0.97)
      const shrunk = covariance.map((row, i) => row.map((value, j) => (i === j ? value : 0.8 * value)))
      const away = (baskets[session] ?? []).map((value, i) => value - (mean[i] ?? 0))
      return mahalanobis(shrunk, away) / sectors.length
    })
    const ranks = (session: number) => {
      const window = distances.slice(session - 249, session + 1)
      const own = distances[session] ?? none
      return (window.filter((d) => d < own).length + 0.5 * (window.filter((d) => d === own).length - 1)) / 249
    }
    expect(compare(marketField('turbulence_v1__d'), (session) => distances[session] ?? none, 309)).toBe(1201)
    expect(compare(marketField('turbulence_v1__pctrank'), ranks, 309)).toBe(1201)
  })

  test('is within the declared ranges, and there once warm', () => {
    const outside: string[] = []
    const last = market.at(-1) ?? {}
    for (const row of [...crossSectionRows(catalog).market, ...crossSectionRows(catalog).universe]) {
      for (const { name, min, max } of row.outputs) {
        const field = fieldName(row.id, name)
        for (const value of [...market, ...universe.values()]) {
          const one = value[field]
          if (typeof one === 'number' && (one < (min ?? one) || one > (max ?? one))) outside.push(`${field} ${one}`)
        }
      }
    }
    expect(outside).toEqual([])
    const absent = Object.keys(last).filter((field) => last[field] === null)
    expect(absent).toEqual([])
  })

  test('goes through every declared state', () => {
    const missing = crossSectionRows(catalog).market.flatMap(({ id, stateSpaces }) =>
      Object.entries(stateSpaces).flatMap(([output, labels]) => {
        const seen = new Set(market.map((value) => value[fieldName(id, output)]))
        return Object.keys(labels).flatMap((code) =>
          seen.has(Number(code)) ? [] : [`${id}.${output} ${labels[code]}`],
        )
      }),
    )
    expect(missing).toEqual([])
  })

  test('goes on from a snapshot with the same bits', () => {
    const restored = realBreadth(listed)
    restored.restore(snapshot)
    const again = appliedAll(restored, records.slice(interrupted))
    expect(again.length).toBe(after.length)
    expect(again.findIndex((one, at) => JSON.stringify(one) !== JSON.stringify(after[at]))).toBe(-1)
  })
})
