import { describe, expect, test } from '@jest/globals'
import { slopeOf } from '../../bench/slope.ts'
import { seededRandom } from '../streams/support/random.ts'

/** MB of a process, sampled for so many minutes: a heap that fills and is collected, noise, and a leak of so much an hour. */
function soak(minutes: number, leakMbPerHour: number): { x: number; y: number }[] {
  const random = seededRandom(7)
  return Array.from({ length: minutes * 6 }, (_, sample) => {
    const hour = sample / 360
    return { x: hour, y: 300 + 30 * ((sample % 11) / 11) + 10 * random() + leakMbPerHour * hour }
  })
}

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
