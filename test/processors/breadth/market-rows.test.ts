import { describe, expect, test } from '@jest/globals'
import { eigenvalues } from '../../../processors/breadth/eigenvalues.ts'
import { inverseQuadraticForm } from '../../../processors/breadth/quadratic-form.ts'
import { crossFold, instrumentsOf, noise, rowOf, symbols, type Values } from './cross-cases.ts'

const { NaN: none } = Number
const repeat = (times: number, turn: (i: number) => void) => {
  for (let i = 0; i < times; i += 1) turn(i)
}

describe('breadth_v1', () => {
  const rising = (i: number) => ({
    close: i < 6 ? 11 : 9,
    ema_50__value: 10,
    logret_1__value: i < 4 ? 0.01 : i < 8 ? 0 : -0.01,
    new_extreme_event_v1__new_high: i === 0 ? 1 : 0,
    new_extreme_event_v1__new_low: i > 6 ? 1 : 0,
  })

  test('counts shares of the members that have all inputs, ties half', () => {
    const fold = crossFold([rowOf('breadth_v1')])
    repeat(252, () => expect(fold.take(symbols(10, rising))?.market.breadth_v1__adv_ratio).toBe(none))
    const given = fold.take({ ...symbols(10, rising), Z: { close: 99, ema_50__value: 1 } })
    expect(given?.market).toEqual({
      breadth_v1__pct_above_ema50: 0.6,
      breadth_v1__adv_ratio: 0.6,
      breadth_v1__nh_nl: (1 - 3) / 10,
      breadth_v1__coverage: 10 / 11,
    })
  })

  test('is null below ten members, and counts who has been silent for up to 20 barriers', () => {
    const fold = crossFold([rowOf('breadth_v1')])
    repeat(253, () => fold.take(symbols(12, rising)))
    expect(fold.take(symbols(9, rising))?.market.breadth_v1__coverage).toBe(none)
    const coverage = Array.from({ length: 21 }, () => fold.take(symbols(11, rising))?.market.breadth_v1__coverage)
    expect(coverage.slice(0, 19)).toEqual(Array(19).fill(11 / 12))
    expect(coverage.slice(19)).toEqual([1, 1])
  })

  test('does not take place at a barrier without a member', () => {
    const fold = crossFold([rowOf('breadth_v1')])
    expect(fold.take({ SPX: rising(0) })).toBeUndefined()
    expect(fold.state.count).toBe(0)
  })
})

describe('dispersion_v1', () => {
  const fold = () => crossFold([rowOf('dispersion_v1')])
  const returns = (count: number, make: (i: number) => number): Values =>
    symbols(count, (i) => ({ logret_1__value: make(i) }))

  test('is 1 where all move alike, and -1/(n-1) where they cancel out', () => {
    const lastOf = (make: (i: number, day: number) => number) => {
      const one = fold()
      return Array.from({ length: 61 }, (_, day) => one.take(returns(10, (i) => make(i, day)))?.market ?? {}).at(-1)
    }
    const alike = lastOf((i, day) => (1 + i) * Math.sin(day))
    expect(alike?.dispersion_v1__avg_corr_60).toBeCloseTo(1, 12)
    const opposed = lastOf((i, day) => (i % 2 === 0 ? 1 : -1) * Math.sin(day))
    expect(opposed?.dispersion_v1__avg_corr_60).toBeCloseTo(-1 / 9, 12)
    expect(opposed?.dispersion_v1__xs_std).toBeCloseTo(Math.abs(Math.sin(60)) * Math.sqrt(10 / 9), 12)
  })

  test('leaves a member without a return on one of the days out of the correlation', () => {
    const one = fold()
    const other = fold()
    const random = noise(7)
    const given = Array.from({ length: 61 }, (_, day) => {
      const values = returns(10, random)
      const more = day === 30 ? values : { ...values, Z: { logret_1__value: random() } }
      return [one.take(values)?.market ?? {}, other.take(more)?.market ?? {}]
    })
    const [without = {}, withGap = {}] = given.at(-1) ?? []
    expect(withGap.dispersion_v1__avg_corr_60).toBe(without.dispersion_v1__avg_corr_60)
    expect(withGap.dispersion_v1__xs_std).not.toBe(without.dispersion_v1__xs_std)
  })

  test('is null without any spread, before its warm-up and below ten members', () => {
    const still = fold()
    repeat(60, () => expect(still.take(returns(10, () => 0))?.market.dispersion_v1__xs_std).toBe(none))
    expect(still.take(returns(10, () => 0))?.market).toEqual({
      dispersion_v1__xs_std: 0,
      dispersion_v1__avg_corr_60: none,
    })
    expect(still.take(returns(9, (i) => i))?.market.dispersion_v1__xs_std).toBe(none)
  })
})

const sectors = instrumentsOf({ A: 'alpha', B: 'alpha', C: 'beta', D: 'gamma' })

/** Days of random returns of A to D. */
function days(count: number, seed = 3): Values[] {
  const random = noise(seed)
  return Array.from({ length: count }, () => symbols(4, () => ({ logret_1__value: random() / 50 })))
}

describe('turbulence_v1', () => {
  const run = (values: readonly Values[]) => {
    const fold = crossFold([rowOf('turbulence_v1')], { instruments: sectors })
    return values.map((day) => fold.take(day)?.market ?? {})
  }

  test('is far from the mean on a day unlike any before, and ranks it highest', () => {
    const jump = symbols(4, (i) => ({ logret_1__value: i % 2 === 0 ? 0.5 : -0.5 }))
    const given = run([...days(399), jump])
    expect(given.findIndex(({ turbulence_v1__d: d }) => !Number.isNaN(d))).toBe(309)
    expect(given[399]?.turbulence_v1__pctrank).toBe(1)
    expect(given[399]?.turbulence_v1__d).toBeGreaterThan(100)
  })

  test('ends its moments the day before: what a day brings does not move its own yardstick', () => {
    const half = symbols(4, () => ({ logret_1__value: 0.25 }))
    const whole = symbols(4, () => ({ logret_1__value: 0.5 }))
    const [a = none, b = none] = [half, whole].map((day) => run([...days(399), day])[399]?.turbulence_v1__d)
    expect(b / a).toBeCloseTo(4, 0)
  })

  test('repeats the distance of the barrier before where the covariance is singular', () => {
    const still = symbols(4, () => ({ logret_1__value: 0 }))
    // Without a move for so long, every covariance is below what counts as zero.
    const given = run([...days(400), ...Array(900).fill(still)])
    const distances = given.slice(-3).map(({ turbulence_v1__d: d }) => d)
    expect(distances[0]).toBe(distances[2])
    expect(run(Array(400).fill(still)).at(-1)?.turbulence_v1__d).toBe(none)
  })

  test('refuses more sectors than it has baskets for', () => {
    const names = 'abcdefghijklm'.split('')
    const many = instrumentsOf(Object.fromEntries(names.map((name) => [name.toUpperCase(), name])))
    expect(() => crossFold([rowOf('turbulence_v1')], { instruments: many })).toThrow('13 sectors')
  })
})

describe('absorption_ratio_v1', () => {
  const run = (values: readonly Values[]) => {
    const fold = crossFold([rowOf('absorption_ratio_v1')], { instruments: sectors })
    return values.map((day) => fold.take(day)?.market ?? {})
  }

  test('is 1 where one factor moves all, a good third where three baskets move by themselves', () => {
    const random = noise(5)
    const alike = Array.from({ length: 310 }, () => {
      const move = random()
      return symbols(4, (i) => ({ logret_1__value: move * (i + 1) }))
    })
    const together = run(alike)
    expect(together[308]?.absorption_ratio_v1__ratio).toBe(none)
    expect(together[309]?.absorption_ratio_v1__ratio).toBeCloseTo(1, 12)
    expect(run(days(310))[309]?.absorption_ratio_v1__ratio).toBeLessThan(0.7)
  })

  test('shifts upwards when the market begins to move as one, and not at all when nothing changes', () => {
    const random = noise(9)
    const crisis = Array.from({ length: 15 }, () => {
      const move = random()
      return symbols(4, () => ({ logret_1__value: move }))
    })
    expect(run([...days(400), ...crisis]).at(-1)?.absorption_ratio_v1__delta_z).toBeGreaterThan(1)
    const one = instrumentsOf({ A: 'alpha' })
    const fold = crossFold([rowOf('absorption_ratio_v1')], { instruments: one })
    const given = days(320).map((day) => fold.take(day)?.market ?? {})
    expect(given.at(-1)).toEqual({ absorption_ratio_v1__ratio: 1, absorption_ratio_v1__delta_z: 0 })
  })
})

describe('the linear algebra', () => {
  test('eigenvalues add up to the trace, multiply to the determinant, and are those of known matrices', () => {
    expect([...eigenvalues(Float64Array.of(2, 1, 1, 2), 2)]).toEqual([3, 1])
    const [a = 0, b = 0, c = 0] = eigenvalues(Float64Array.of(4, 1, 2, 1, 3, 0, 2, 0, 5), 3)
    expect(a + b + c).toBeCloseTo(12, 12)
    expect(a * b * c).toBeCloseTo(43, 11)
    expect([...eigenvalues(new Float64Array(), 0)]).toEqual([])
  })

  test('the quadratic form solves, and refuses what is not positive definite', () => {
    expect(inverseQuadraticForm(Float64Array.of(4, 0, 0, 9), Float64Array.of(2, 3))).toBe(2)
    expect(inverseQuadraticForm(Float64Array.of(2, 1, 1, 2), Float64Array.of(1, 1))).toBeCloseTo(2 / 3, 15)
    expect(inverseQuadraticForm(Float64Array.of(1, 1, 1, 1), Float64Array.of(1, 1))).toBe(none)
    expect(inverseQuadraticForm(Float64Array.of(1, 2, 2, 1), Float64Array.of(1, 1))).toBe(none)
  })
})
