import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { type RecipeTransform, transformName } from '../../../catalog/recipe-transform.ts'
import { createRecipeTransform } from '../../../processors/features/recipe-transform.ts'

const nothing = Number.NaN

/** The values of a transform, row by row; with `cut`, the state is copied there as a restart would. */
function over(transform: RecipeTransform, values: readonly number[], cut = -1): number[] {
  const fold = createRecipeTransform(transform)
  let state = new Float64Array(fold.stateLength)
  return values.map((value, at) => {
    if (at === cut) state = Float64Array.from(state)
    return fold.step(state, value)
  })
}

/** Definitions over the whole column, without state. */
function wanted(transform: RecipeTransform, values: readonly number[]): number[] {
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length
  const at = (index: number) => values[index] ?? nothing
  if (transform.kind === 'ema') {
    const { n } = transform
    const seen: number[] = []
    return values.map((value) => {
      if (Number.isNaN(value)) return nothing
      seen.push(value)
      if (seen.length < n) return nothing
      return seen.slice(n).reduce((last, x) => last + (2 / (n + 1)) * (x - last), mean(seen.slice(0, n)))
    })
  }
  return values.map((value, row) => {
    if (transform.kind === 'lag') return at(row - transform.k)
    if (transform.kind === 'diff') return value - at(row - transform.k)
    const { n } = transform
    if (row < n - 1) return nothing
    const window = values.slice(row - n + 1, row + 1)
    if (transform.kind === 'sma') return mean(window)
    const centre = mean(window)
    const spread = Math.sqrt(window.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (n - 1))
    return spread <= 1e-14 ? 0 : (value - centre) / spread
  })
}

const transforms: readonly RecipeTransform[] = [
  { kind: 'lag', k: 1 },
  { kind: 'lag', k: 5 },
  { kind: 'diff', k: 3 },
  { kind: 'sma', n: 4 },
  { kind: 'ema', n: 3 },
  { kind: 'zscore', n: 5 },
]
const column = fc.array(fc.oneof({ weight: 8, arbitrary: fc.integer({ min: -50, max: 50 }) }, fc.constant(nothing)), {
  minLength: 1,
  maxLength: 60,
})

describe.each(transforms.map((transform) => [transformName(transform), transform] as const))(
  '%s',
  (_name, transform) => {
    it('is what its definition says, row by row, and makes no value of a null', () => {
      fc.assert(
        fc.property(column, (values) => {
          const [actual, expected] = [over(transform, values), wanted(transform, values)]
          expect(actual.map(Number.isNaN)).toEqual(expected.map(Number.isNaN))
          for (const [row, value] of actual.entries()) {
            if (!Number.isNaN(value)) expect(value).toBeCloseTo(expected[row] ?? nothing, 9)
          }
        }),
        { numRuns: 50 },
      )
    })

    it('has the same bits from a copy of its state, and none of a later value', () => {
      fc.assert(
        fc.property(column, fc.nat(59), (values, cut) => {
          const whole = over(transform, values)
          expect(over(transform, values, cut)).toEqual(whole)
          expect(over(transform, values.slice(0, cut))).toEqual(whole.slice(0, cut))
        }),
        { numRuns: 30 },
      )
    })
  },
)

it('refuses a count of rows that makes no window', () => {
  expect(() => createRecipeTransform({ kind: 'lag', k: 0 })).toThrow(RangeError)
  expect(() => createRecipeTransform({ kind: 'zscore', n: 1 })).toThrow('zscore(1)')
  expect(() => createRecipeTransform({ kind: 'sma', n: 2.5 })).toThrow(RangeError)
})
