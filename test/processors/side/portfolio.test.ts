import { describe, expect, it } from '@jest/globals'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import { close, event, known, newSideInputs, position, utc } from './tape.ts'

const NOTHING = Number.NaN
const own: readonly SideField[] = ['position.quantity', 'position.notional', 'position.average_entry']
const sums: readonly SideField[] = [
  'portfolio.equity',
  'portfolio.gross_notional',
  'portfolio.net_notional',
  'portfolio.hhi',
  'portfolio.top_weight',
]

describe('the portfolio', () => {
  it('is the newest snapshot: positions of one time together, and a symbol that is not in it is flat', () => {
    const side = newSideInputs()
    const first = { ts: utc('2024-02-01T20:00') }
    position(side, 'AAA', 10, { ...first, price: 30, equity: 1000, average_entry: 25 })
    position(side, 'BBB', -5, { ...first, price: 20 })
    expect(known(side, 'AAA', close('2024-02-01'), [...own, ...sums])).toEqual([
      10, 300, 25, 1000, 400, 200, 0.625, 0.75,
    ])
    expect(known(side, 'BBB', close('2024-02-01'), own)).toEqual([-5, -100, NOTHING])
    const second = { ts: utc('2024-02-02T20:00') }
    position(side, 'BBB', -5, { ...second, price: 22, equity: 990 })
    expect(known(side, 'AAA', close('2024-02-02'), [...own, ...sums])).toEqual([0, 0, 0, 990, 110, -110, 1, 1])
    // A bar of another symbol that is behind: what was known then.
    expect(known(side, 'AAA', close('2024-02-01'), [...own, ...sums])).toEqual([
      10, 300, 25, 1000, 400, 200, 0.625, 0.75,
    ])
    expect(known(side, 'AAA', utc('2024-02-01T19:00'), [...own, ...sums])).toEqual(Array(8).fill(NOTHING))
  })

  it('acts when it is known, and has no notional while a held position has no price', () => {
    const side = newSideInputs()
    const late = { ts: utc('2024-02-01T20:00'), known_at: utc('2024-02-02T09:00') }
    position(side, 'AAA', 10, { ...late, equity: 1000 })
    position(side, 'BBB', 0, late)
    expect(known(side, 'AAA', close('2024-02-01'), sums)).toEqual(Array(5).fill(NOTHING))
    expect(known(side, 'AAA', close('2024-02-02'), sums)).toEqual([1000, NOTHING, NOTHING, NOTHING, NOTHING])
    expect(known(side, 'AAA', close('2024-02-02'), own)).toEqual([10, NOTHING, NOTHING])
    expect(known(side, 'BBB', close('2024-02-02'), own)).toEqual([0, 0, 0])
  })

  it('without positions has exposures and shares of 0', () => {
    const side = newSideInputs()
    position(side, 'CASH', 0, { ts: utc('2024-02-01T20:00'), equity: 500 })
    expect(known(side, 'AAA', close('2024-02-01'), [...own, ...sums])).toEqual([0, 0, 0, 500, 0, 0, 0, 0])
  })

  it('is one of a deployment: the first seen, or the one that is named', () => {
    const ts = utc('2024-02-01T20:00')
    const equity: readonly SideField[] = ['portfolio.equity']
    const first = newSideInputs()
    const named = newSideInputs({ portfolio: 'paper' })
    for (const side of [first, named]) {
      position(side, 'AAA', 1, { ts, price: 1, equity: 100 })
      position(side, 'AAA', 1, { ts, price: 1, equity: 200, portfolio: 'paper' })
    }
    expect(known(first, 'AAA', close('2024-02-01'), equity)).toEqual([100])
    expect(known(named, 'AAA', close('2024-02-01'), equity)).toEqual([200])
  })

  it('ages in sessions', () => {
    const side = newSideInputs()
    // Thursday's close.
    position(side, 'AAA', 1, { ts: close('2024-02-01'), price: 1, equity: 100 })
    const ages = ['2024-02-01', '2024-02-02', '2024-02-05'].map(
      (day) => known(side, 'AAA', close(day), ['portfolio.age_sessions'])[0],
    )
    expect(ages).toEqual([0, 1, 2])
    expect(known(side, 'BTC-EUR', utc('2024-02-04'), ['portfolio.age_sessions'])).toEqual([2])
  })

  it('has a peak of equity that deposits and withdrawals move in proportion', () => {
    const side = newSideInputs()
    const peaks: number[] = []
    const day = (number: number, equity: number, flow: number | null = null) => {
      const ts = utc('2024-02-01T20:00') + number * 86_400_000
      position(side, 'AAA', 1, { ts, price: 1, equity, flow })
      peaks.push(known(side, 'AAA', ts, ['portfolio.peak_equity'])[0] ?? NOTHING)
    }
    day(0, 100)
    day(1, 120)
    day(2, 90)
    // 90 + 90 paid in: still a quarter below the peak, which is now 240.
    day(3, 180, 90)
    day(4, 60, -120)
    // All taken out, and a new beginning.
    day(5, 0, -60)
    day(6, 50, 50)
    expect(peaks).toEqual([100, 120, 120, 240, 80, 0, 50])
  })

  it('a split changes a quantity and its entry, not what they are worth', () => {
    const side = newSideInputs()
    event(side, 'AAA', 'split', { ts: utc('2024-02-02T05:00'), known_at: utc('2024-01-02') }, { value: 4 })
    position(side, 'AAA', 10, { ts: utc('2024-02-01T20:00'), price: 200, equity: 5000, average_entry: 100 })
    position(side, 'BBB', 10, { ts: utc('2024-02-01T20:00'), price: 200, average_entry: 100 })
    side.rescale('AAA', 4)
    expect(known(side, 'AAA', close('2024-02-02'), own)).toEqual([40, 2000, 25])
    expect(known(side, 'BBB', close('2024-02-02'), own)).toEqual([10, 2000, 100])
    expect(known(side, 'AAA', close('2024-02-02'), ['portfolio.gross_notional'])).toEqual([4000])
  })

  it('keeps a bounded history however often it is sent', () => {
    const side = newSideInputs({ historyMs: 86_400_000 })
    for (let hour = 0; hour < 2000; hour += 1) {
      const ts = utc('2024-02-01') + hour * 3_600_000
      for (const symbol of ['AAA', `S${hour}`]) position(side, symbol, 1, { ts, price: 1, equity: 100 })
    }
    const size = JSON.stringify(side.snapshot()).length
    expect(size).toBeLessThan(20_000)
  })
})
