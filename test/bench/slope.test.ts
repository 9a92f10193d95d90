import { describe, expect, test } from '@jest/globals'
import { slopeOf } from '../../bench/slope.ts'
import { seededRandom } from '../streams/support/random.ts'

const samples = (count: number, y: (x: number) => number) =>
  Array.from({ length: count }, (_, x) => ({ x: x / 10, y: y(x / 10) }))

describe('the slope of samples', () => {
  test('is that of a line on which they lie, without uncertainty', () => {
    const { perX, uncertainty, mean } = slopeOf(samples(21, (x) => 3 + 2 * x))
    expect(perX).toBeCloseTo(2, 10)
    expect(uncertainty).toBeCloseTo(0, 6)
    expect(mean).toBeCloseTo(5, 10)
  })

  test('lies within its uncertainty of the true one for nine in ten noisy series', () => {
    const random = seededRandom(3)
    const hits = Array.from({ length: 200 }, () => {
      const { perX, uncertainty } = slopeOf(samples(60, (x) => 2 * x + random() - 0.5))
      return Math.abs(perX - 2) <= uncertainty ? 1 : 0
    })
    expect(hits.reduce((sum: number, hit) => sum + hit, 0)).toBeGreaterThan(180)
  })

  test('is less certain where neighbouring samples resemble each other', () => {
    const wave = slopeOf(samples(60, (x) => Math.sin(x * 2)))
    const jumps = slopeOf(samples(60, (x) => (Math.round(x * 10) % 2 === 0 ? 0.7 : -0.7)))
    expect(wave.uncertainty).toBeGreaterThan(2 * jumps.uncertainty)
  })

  test('needs four samples', () => {
    expect(() => slopeOf(samples(3, (x) => x))).toThrow('A slope needs four samples, here are 3')
  })
})
