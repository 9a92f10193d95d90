import { describe, expect, test } from '@jest/globals'
import { crossFold, instrumentsOf, noise, rowOf, symbols, type Values } from './cross-cases.ts'

const { NaN: none } = Number

describe('risk_on_off_state_v1', () => {
  const rows = [rowOf('breadth_v1'), rowOf('risk_on_off_state_v1')]
  const member = (isAbove: boolean) => ({
    close: isAbove ? 11 : 9,
    ema_50__value: 10,
    logret_1__value: 0,
    new_extreme_event_v1__new_high: 0,
    new_extreme_event_v1__new_low: 0,
  })
  const day = (above: number, trend: number, rank: number): Values => ({
    ...symbols(10, (i) => member(i < above)),
    SPX: { trend_state_v1__score: trend, vol_regime_state_v1__pctrank: rank },
  })

  test('weighs trend, breadth and calm, and keeps its state within the margin of an edge', () => {
    const fold = crossFold(rows)
    for (let i = 0; i < 269; i += 1) expect(fold.take(day(10, 1, 0))?.market.risk_on_off_state_v1__state).toBe(none)
    const take = (...[above, trend, rank]: [number, number, number]) => {
      const { risk_on_off_state_v1__score: score, risk_on_off_state_v1__state: state } =
        fold.take(day(above, trend, rank))?.market ?? {}
      return [Number(score?.toFixed(12)), state]
    }
    expect(take(10, 1, 0)).toEqual([1, 2])
    expect(take(10, 0.25, 0.75)).toEqual([0.25, 2])
    expect(take(10, 0.05, 0.75)).toEqual([0.17, 2])
    expect(take(8, 0, 0.5)).toEqual([0.18, 2])
    expect(take(7, 0, 0.5)).toEqual([0.12, 1])
    expect(take(0, -1, 1)).toEqual([-1, 0])
  })

  test('is null without the market index or with too few members', () => {
    const fold = crossFold(rows)
    for (let i = 0; i < 270; i += 1) fold.take(day(10, 1, 0))
    expect(fold.take(symbols(10, () => member(true)))?.market.risk_on_off_state_v1__state).toBe(none)
    expect(fold.take(day(10, 1, 0))?.market.risk_on_off_state_v1__state).toBe(2)
  })

  test('refuses to start without the row that it depends on, naming it', () => {
    expect(() => crossFold([rowOf('risk_on_off_state_v1')])).toThrow('needs breadth_v1')
  })
})

describe('stress_state_v1', () => {
  const rows = ['breadth_v1', 'dispersion_v1', 'turbulence_v1', 'stress_state_v1'].map((id) => rowOf(id))
  const instruments = instrumentsOf({ A: 'alpha', B: 'beta' })
  const random = noise(11)

  /** A day of ten symbols; `stress` from 0 (calm) to 1 moves all six inputs the same way. */
  const day = (stress: number, drawdown?: number): Values => {
    const common = random()
    return {
      ...symbols(10, (i) => ({
        close: i / 10 < stress ? 9 : 11,
        ema_50__value: 10,
        logret_1__value: (0.01 + stress / 10) * (stress * common + (1 - stress) * random()),
        new_extreme_event_v1__new_high: 0,
        new_extreme_event_v1__new_low: 0,
        amihud_20__value: stress,
        ...(drawdown === undefined ? {} : { portfolio_dd_v1__dd: drawdown }),
      })),
      SPX: { ewma_vol_094__value: stress, dd_trailing_252__value: -stress },
    }
  }
  const calm = () => Math.abs(random()) / 2

  const run = (values: readonly Values[]) => {
    const fold = crossFold(rows, { instruments })
    return values.map((one) => {
      const { stress_state_v1__stress_state: state, stress_state_v1__stress_score: score } =
        fold.take(one)?.market ?? {}
      return { state, score }
    })
  }
  const history = Array.from({ length: 600 }, () => day(calm()))

  test('is there from barrier 560 on, within 0 and 1, and critical when all inputs peak together', () => {
    const given = run([...history, ...Array.from({ length: 80 }, (_, i) => day(0.5 + i / 160))])
    expect(given.findIndex(({ score }) => !Number.isNaN(score))).toBe(559)
    expect(given.slice(559).every(({ score = none }) => score >= 0 && score <= 1)).toBe(true)
    expect(given.at(-1)?.state).toBe(2)
  })

  test('drops missing inputs, down to four', () => {
    const without = (names: readonly string[]): Values => {
      const { SPX, ...members } = day(0.2)
      const kept = (fields: Readonly<Record<string, number>> = {}) =>
        Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
      return Object.fromEntries(Object.entries({ ...members, SPX }).map(([name, fields]) => [name, kept(fields)]))
    }
    const cases = [
      [],
      ['ewma_vol_094__value'],
      ['ewma_vol_094__value', 'dd_trailing_252__value'],
      ['ewma_vol_094__value', 'dd_trailing_252__value', 'amihud_20__value'],
    ]
    const isThere = cases.map((names) => !Number.isNaN(run([...history, without(names)]).at(-1)?.score))
    expect(isThere).toEqual([true, true, true, false])
  })

  test('is lifted by a drawdown of the own book, for as long as that lasts', () => {
    const given = run([...history, day(0, -0.05), day(0, -0.1), day(0, -0.25), day(0)]).slice(-4)
    expect(given.map(({ state }) => state)).toEqual([0, 1, 2, 0])
  })
})

describe('risk_budget_util_v1', () => {
  const row = rowOf('risk_budget_util_v1')
  const book = (weight: number, fields: Readonly<Record<string, number>> = {}) => ({
    position_ctx_v1__weight: weight,
    gross_exposure__value: Math.abs(weight),
    portfolio_dd_v1__dd: -0.03,
    ...fields,
  })
  const field = (given: { market: Readonly<Record<string, number>> } | undefined, name: string) =>
    given?.market[`risk_budget_util_v1__${name}`]
  /** 61 days on which A moves by 1 % up and down, B by 2 % up and down, in step. */
  const warmed = () => {
    const fold = crossFold([row])
    for (let i = 0; i < 61; i += 1) {
      const move = i % 2 === 0 ? 0.01 : -0.01
      fold.take({ A: { logret_1__value: move }, B: { logret_1__value: 2 * move } })
    }
    return fold
  }
  const [a, b] = [{ logret_1__value: 0.01 }, { logret_1__value: 0.02 }]

  test('measures volatility, value at risk, drawdown and gross against their limits', () => {
    const given = warmed().take({ A: { ...a, ...book(0.5) }, B: b })
    const daily = 0.5 * 0.01
    expect(field(given, 'vol_util')).toBeCloseTo((daily * Math.sqrt(252)) / 0.15, 12)
    expect(field(given, 'var_util')).toBeCloseTo((2.326 * daily) / 0.02, 12)
    expect(field(given, 'dd_util')).toBeCloseTo(0.2, 12)
    expect(field(given, 'gross_util')).toBeCloseTo(0.25, 12)
    expect(field(given, 'risk_budget_utilization')).toBe(field(given, 'var_util'))
    expect([field(given, 'state'), field(given, 'limit_hit')]).toEqual([0, 0])
  })

  test('knows that positions hedge each other', () => {
    const given = warmed().take({ A: { ...a, ...book(1) }, B: { ...b, ...book(-0.5) } })
    expect(field(given, 'vol_util')).toBeCloseTo(0, 6)
  })

  test('goes through its states, and says once when it reaches the limit', () => {
    const fold = warmed()
    const take = (drawdown: number) => {
      const given = fold.take({ A: { ...a, ...book(0.1, { portfolio_dd_v1__dd: drawdown }) }, B: b })
      return [field(given, 'state'), field(given, 'limit_hit')]
    }
    expect([-0.1, -0.12, -0.14, -0.149, -0.151, -0.16, -0.14].map(take)).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [2, 0],
      [2, 1],
      [3, 0],
      [2, 0],
    ])
  })

  test('takes the median variance of the universe, uncorrelated, for a symbol without 60 returns', () => {
    const fold = warmed()
    const given = fold.take({ A: a, B: b, C: { logret_1__value: 9, ...book(1) } })
    // The variances of A and B are 1e-4 and 4e-4; C is not among those that the median is of.
    expect(field(given, 'var_util')).toBeCloseTo((2.326 * Math.sqrt(2.5e-4)) / 0.02, 10)
  })

  test('keeps the last weight of a silent symbol while it counts as one of the universe', () => {
    const fold = warmed()
    fold.take({ A: { ...a, ...book(0.5) }, B: b })
    const silent = Array.from({ length: 22 }, () => field(fold.take({ B: { ...b, ...book(0) } }), 'vol_util'))
    expect(silent.slice(0, 20).every((value = none) => value > 0)).toBe(true)
    expect(silent.slice(20)).toEqual([0, 0])
  })

  test('is all 0 without positions, null where nobody knows of a portfolio, and null before its warm-up', () => {
    const given = warmed().take({ A: { ...a, ...book(0) }, B: b })
    expect(new Set(Object.values(given?.market ?? {}))).toEqual(new Set([0]))
    expect(new Set(Object.values(warmed().take({ A: a, B: b })?.market ?? {}))).toEqual(new Set([none]))
    expect(field(crossFold([row]).take({ A: { ...a, ...book(0) } }), 'state')).toBe(none)
  })
})
