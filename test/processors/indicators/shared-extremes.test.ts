import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { DIMENSIONLESS } from '../../../processors/indicators/dimension.ts'
import { createLayout } from '../../../processors/indicators/layout.ts'
import type { Ring } from '../../../processors/indicators/ring.ts'
import { put } from '../../../processors/indicators/ring.ts'
import { allocateExtremes, EXTREME } from '../../../processors/indicators/shared-extremes.ts'
import { createSharedValues } from '../../../processors/indicators/shared-values.ts'
import { slotAllocator } from '../../../processors/indicators/slice.ts'

/** Value and age of the extremes of all windows at every bar, the highest of the highs and the lowest of the lows. */
function extremesOf(values: readonly number[], lengths: readonly number[]): number[][] {
  const layout = createLayout()
  const allocator = slotAllocator(layout, 'test')
  const ring: Ring = { offset: allocator.slots('series', 1, DIMENSIONLESS), mask: 0 }
  const rings = { open: ring, high: ring, low: ring, close: ring, volume: ring, logReturn: ring, trueRange: ring }
  const sharedValues = createSharedValues()
  const longest = Math.max(...lengths)
  const extremes = allocateExtremes({ allocator, sharedValues, rings }, [{ high: longest }], [{ low: longest }])
  const places = lengths.flatMap((length) => [extremes.highest('high', length), extremes.lowest('low', length)])
  const state = new Float64Array(layout.length)
  const shared = sharedValues.create()
  return values.map((value, index) => {
    put(state, ring, index, value)
    extremes.fold(state, index, shared)
    return places.flatMap((place) => [shared[place + EXTREME.value] ?? 0, shared[place + EXTREME.age] ?? 0])
  })
}

function scanned(values: readonly number[], lengths: readonly number[], index: number): number[] {
  return lengths.flatMap((length) => {
    const window = values.slice(Math.max(0, index - length + 1), index + 1)
    const [highest, lowest] = [Math.max(...window), Math.min(...window)]
    const age = (value: number) => window.length - 1 - window.lastIndexOf(value)
    return [highest, age(highest), lowest, age(lowest)]
  })
}

describe('extremes of a shared series', () => {
  it('are those of a scan over each window, and of equal ones the most recent', () => {
    const value = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.double({ min: 1, max: 9, noNaN: true }))
    const lengths = fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 60 }), lengths, (values, windows) => {
        const found = extremesOf(values, windows)
        for (const [index, row] of found.entries()) expect(row).toEqual(scanned(values, windows, index))
      }),
    )
  })

  it.each([1, 8, 16])('hold in a long fall and rise, where a deque of %i bars is full', (longest) => {
    const windows = [longest, 1, Math.ceil(longest / 2)]
    const values = Array.from({ length: 100 }, (_, index) => 100 + Math.abs(50 - index))
    const found = extremesOf(values, windows)
    for (const [index, row] of found.entries()) expect(row).toEqual(scanned(values, windows, index))
  })

  it('share the place of equal windows', () => {
    const twice = extremesOf([3, 1, 2], [2, 2])
    expect(twice).toEqual([
      [3, 0, 3, 0, 3, 0, 3, 0],
      [3, 1, 1, 0, 3, 1, 1, 0],
      [2, 0, 1, 1, 2, 0, 1, 1],
    ])
  })
})
