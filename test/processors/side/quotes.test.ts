import { describe, expect, it } from '@jest/globals'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import { event, known, newSideInputs, quote, utc } from './tape.ts'

const NOTHING = Number.NaN
const fields: readonly SideField[] = ['quote.bid', 'quote.ask']
const at = (time: string) => utc(`2024-02-01T${time}`)

describe('quotes', () => {
  it('the last one within the bar and known at its close counts', () => {
    const side = newSideInputs()
    quote(side, 'AAA', 9.9, 10.1, { ts: at('15:00:30') })
    quote(side, 'AAA', 9.8, 10.0, { ts: at('15:04:10') })
    quote(side, 'AAA', 9.7, 9.9, { ts: at('15:04:59'), known_at: at('15:05:01') })
    quote(side, 'AAA', 9.6, 9.8, { ts: at('15:05:00') })
    quote(side, 'AAA', 9.5, 9.7, { ts: at('15:05:00.001') })
    const bar = (open: string, close: string) => known(side, 'AAA', at(close), fields, at(open))
    expect(bar('15:00', '15:01')).toEqual([9.9, 10.1])
    expect(bar('15:01', '15:02')).toEqual([NOTHING, NOTHING])
    // At the open belongs to the bar before, at the close to the bar; what was known later does not count.
    expect(bar('15:00', '15:05')).toEqual([9.6, 9.8])
    expect(bar('15:05', '15:06')).toEqual([9.5, 9.7])
    expect(known(side, 'BBB', at('15:05'), fields)).toEqual([NOTHING, NOTHING])
  })

  it('keeps the last of each minute for an hour, however many come', () => {
    const side = newSideInputs()
    for (let tick = 0; tick < 40_000; tick += 1) {
      quote(side, 'AAA', 10 + tick, 11 + tick, { ts: at('14:30') + 500 * (tick + 1) })
    }
    // The bar that closed two minutes before the newest quote, 333 minutes after the open.
    const ts = at('14:30') + 331 * 60_000
    expect(known(side, 'AAA', ts, fields, ts - 60_000)).toEqual([10 + 331 * 120 - 1, 11 + 331 * 120 - 1])
    expect(JSON.stringify(side.snapshot()).match(/"bid"/g)?.length).toBeLessThan(64)
  })

  it('a split divides the quotes made before it', () => {
    const side = newSideInputs()
    event(side, 'AAA', 'split', { ts: at('15:05'), known_at: at('14:00') }, { value: 2 })
    quote(side, 'AAA', 10, 11, { ts: at('15:04:30') })
    quote(side, 'AAA', 6, 7, { ts: at('15:05:30') })
    side.rescale('AAA', 2)
    expect(known(side, 'AAA', at('15:05'), fields, at('15:04'))).toEqual([5, 5.5])
    expect(known(side, 'AAA', at('15:06'), fields, at('15:05'))).toEqual([6, 7])
  })
})
