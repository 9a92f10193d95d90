import { describe, expect, it } from '@jest/globals'
import type { SideInputs } from '../../../processors/side/side-inputs.ts'
import { close, known, macro, newSideInputs, utc } from './tape.ts'

const NOTHING = Number.NaN
const monthEnd = (month: number) => Date.UTC(2018, month + 1, 0)
/** Released two weeks after the month. */
const released = (month: number) => monthEnd(month) + 14 * 86_400_000

/** A series whose year-on-year change of month m (from 12 on) is `changeOf(m)`. */
function series(months: number, changeOf: (month: number) => number): number[] {
  const values: number[] = []
  for (let month = 0; month < months; month += 1) {
    values.push(month < 12 ? 100 + month : (values[month - 12] ?? 0) * (1 + changeOf(month)))
  }
  return values
}

function takeAll(side: SideInputs, id: string, values: readonly number[]): void {
  for (const [month, value] of values.entries()) macro(side, id, monthEnd(month), value, { ts: released(month) })
}

describe('macro series', () => {
  const changes = (month: number) => 0.02 + 0.001 * ((month * 7) % 11)

  it('gives the z-score of the newest of 60 year-on-year changes, from the 72nd month on', () => {
    const side = newSideInputs()
    takeAll(side, 'growth', series(73, changes))
    const at = (month: number) => known(side, 'AAA', released(month) + 3_600_000, ['macro.growth_z'])[0]
    const newest = Array.from({ length: 60 }, (_, index) => changes(index + 13))
    const mean = newest.reduce((sum, change) => sum + change) / 60
    const variance = newest.reduce((sum, change) => sum + (change - mean) ** 2, 0) / 59
    expect(at(72)).toBeCloseTo((changes(72) - mean) / Math.sqrt(variance), 9)
    expect(at(71)).not.toBeNaN()
    expect(at(70)).toBeNaN()
  })

  it('is market-wide and has two series, under their names or those of FRED', () => {
    const side = newSideInputs()
    takeAll(side, 'CPIAUCSL', series(80, changes))
    takeAll(side, 'UNRATE', series(80, changes))
    const fields = ['macro.growth_z', 'macro.inflation_z'] as const
    const [growth, inflation] = known(side, 'BBB', close('2025-01-15'), fields)
    expect(growth).toBeNaN()
    expect(inflation).not.toBeNaN()
    const named = newSideInputs({ growthSeries: ['UNRATE'] })
    takeAll(named, 'UNRATE', series(80, changes))
    expect(known(named, 'BBB', close('2025-01-15'), fields)).toEqual([inflation, NOTHING])
  })

  it('a revision of a released value changes nothing, then or later; a withdrawal does from when it is known', () => {
    const values = series(80, changes)
    const plain = newSideInputs()
    takeAll(plain, 'growth', values)
    const revised = newSideInputs()
    takeAll(revised, 'growth', values.slice(0, 79))
    macro(revised, 'growth', monthEnd(78), 500, { ts: released(78) + 5 * 86_400_000 })
    macro(revised, 'growth', monthEnd(79), values[79] ?? 0, { ts: released(79) })
    const at = (side: SideInputs, ms: number) => known(side, 'AAA', ms, ['macro.growth_z'])[0]
    expect(at(revised, released(78) + 6 * 86_400_000)).toBe(at(plain, released(78) + 6 * 86_400_000))
    expect(at(revised, released(79))).toBe(at(plain, released(79)))
    macro(revised, 'growth', monthEnd(79), null, { ts: released(79) + 86_400_000 })
    expect(at(revised, released(79))).toBe(at(plain, released(79)))
    expect(at(revised, released(79) + 86_400_000)).toBe(at(plain, released(79) - 1))
  })

  it('a series that grows at one rate stands 0 deviations from its mean', () => {
    const side = newSideInputs()
    takeAll(
      side,
      'growth',
      series(72, () => 0.25),
    )
    expect(known(side, 'AAA', released(71), ['macro.growth_z'])).toEqual([0])
  })

  it('looks past months without a release, and keeps what it needs for that', () => {
    const side = newSideInputs()
    const values = series(110, changes)
    const zScores = values.map((value, month) => {
      if (month >= 30 && month <= 32) return NOTHING
      macro(side, 'growth', monthEnd(month), value, { ts: released(month) })
      return known(side, 'AAA', released(month) + 3_600_000, ['macro.growth_z'])[0] ?? NOTHING
    })
    // Neither months 30 to 32 nor 42 to 44 have a change: the 60th is that of month 77.
    expect(zScores.findIndex((score) => !Number.isNaN(score))).toBe(77)
    expect(zScores.slice(77).filter(Number.isNaN)).toEqual([])
    const newest = [34, 35, 36, 37, 38, 39, 40, 41, ...Array.from({ length: 52 }, (_, index) => index + 45)].map(
      changes,
    )
    const mean = newest.reduce((sum, change) => sum + change) / 60
    const variance = newest.reduce((sum, change) => sum + (change - mean) ** 2, 0) / 59
    expect(newest).toHaveLength(60)
    expect(zScores[96]).toBeCloseTo((changes(96) - mean) / Math.sqrt(variance), 9)
  })

  it('does not keep a series for good that never has a change', () => {
    const side = newSideInputs()
    takeAll(side, 'growth', Array<number>(900).fill(-1))
    expect(JSON.stringify(side.snapshot()).match(/periodEnd/g)?.length).toBeLessThan(620)
  })

  it('keeps what 60 changes need', () => {
    const side = newSideInputs()
    takeAll(side, 'growth', series(600, changes))
    expect(JSON.stringify(side.snapshot()).match(/periodEnd/g)?.length).toBeLessThan(80)
    const last = released(599)
    expect(known(side, 'AAA', last, ['macro.growth_z'])[0]).not.toBeNaN()
    expect(utc('2018-01-31')).toBe(monthEnd(0))
  })
})
