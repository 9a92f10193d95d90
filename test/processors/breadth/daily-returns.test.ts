import { describe, expect, test } from '@jest/globals'
import {
  copyReturns,
  lastReturns,
  noReturns,
  RETURNS_KEPT,
  takeReturns,
} from '../../../processors/breadth/daily-returns.ts'

const { NaN: none } = Number
const row = (symbol: string, value: number) => ({
  symbol,
  partition: 0,
  ts: 0,
  splitFactor: 1,
  values: Float64Array.of(value),
})

/** Daily returns 1, 2, 3, ... of A, and of B on the days that `has` says. */
function fold(days: number, has: (day: number) => boolean) {
  const returns = noReturns()
  for (let day = 1; day <= days; day += 1)
    takeReturns(returns, [row('A', day), ...(has(day) ? [row('B', -day)] : [])], 0)
  return returns
}

describe('daily returns', () => {
  test('stand at the barrier that they are of, oldest first', () => {
    const returns = fold(5, (day) => day === 2 || day === 4)
    expect([...lastReturns(returns, 'A', 3)]).toEqual([3, 4, 5])
    expect([...lastReturns(returns, 'B', 5)]).toEqual([none, -2, none, -4, none])
    expect([...lastReturns(returns, 'A', 6)]).toEqual([none, 1, 2, 3, 4, 5])
    expect([...lastReturns(returns, 'C', 2)]).toEqual([none, none])
  })

  test('are kept for so many barriers, whoever was silent for longer', () => {
    const days = 2 * RETURNS_KEPT + 7
    const silent = fold(days, (day) => day < 9 || day === days)
    const all = [...lastReturns(silent, 'B', RETURNS_KEPT)]
    expect(all.slice(0, -1).every(Number.isNaN)).toBe(true)
    expect(all.at(-1)).toBe(-days)
    expect(lastReturns(silent, 'A', RETURNS_KEPT)[0]).toBe(days - RETURNS_KEPT + 1)
    expect(
      [
        ...lastReturns(
          fold(days, (day) => day < 9),
          'B',
          RETURNS_KEPT,
        ),
      ].every(Number.isNaN),
    ).toBe(true)
  })

  test('are copied without anything shared', () => {
    const returns = fold(3, () => false)
    const copy = copyReturns(returns)
    takeReturns(returns, [row('A', 9)], 0)
    expect([...lastReturns(copy, 'A', 2)]).toEqual([2, 3])
  })
})
