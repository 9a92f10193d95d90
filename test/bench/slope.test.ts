import { describe, expect, test } from '@jest/globals'
import { slopeOf } from '../../bench/slope.ts'
import { seededRandom } from '../streams/support/random.ts'

const samples = (count: number, y: (x: number) => number) =>
  Array.from({ length: count }, (_, x) => ({ x: x / 10, y: y(x / 10) }))

/** MB of a process, sampled for so many minutes: a heap that fills and is collected, noise, and a leak of so much an hour. */
function soak(minutes: number, leakMbPerHour: number): { x: number; y: number }[] {
  const random = seededRandom(7)
  return Array.from({ length: minutes * 6 }, (_, sample) => {
    const hour = sample / 360
    return { x: hour, y: 300 + 30 * ((sample % 11) / 11) + 10 * random() + leakMbPerHour * hour }
  })
}

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

describe('the slope of a soak of half an hour', () => {
  test('is that of the leak, within its uncertainty', () => {
    const { perX, uncertainty } = slopeOf(soak(30, 120))
    expect(Math.abs(perX - 120)).toBeLessThan(uncertainty)
    expect(perX).toBeGreaterThan(uncertainty)
  })

  test('does not differ from zero where memory fills and is collected', () => {
    const { perX, uncertainty } = slopeOf(soak(30, 0))
    expect(Math.abs(perX)).toBeLessThan(uncertainty)
  })
})
