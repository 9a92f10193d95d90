import { describe, expect, it } from '@jest/globals'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import { close, event, known, newSideInputs, utc } from './tape.ts'

const NOTHING = Number.NaN
const earnings: readonly SideField[] = ['event.earnings.next', 'event.earnings.last']

describe('scheduled events', () => {
  it('are counted in sessions: a weekend is no distance, and the day of an event is 0', () => {
    const side = newSideInputs()
    // 2024-01-10 is a Wednesday; announced on the Thursday before.
    event(side, 'AAA', 'earnings', { ts: utc('2024-01-10T15:00'), known_at: utc('2024-01-04T12:00') })
    const days = ['2024-01-03', '2024-01-04', '2024-01-05', '2024-01-08', '2024-01-09', '2024-01-10', '2024-01-11']
    expect(days.map((day) => known(side, 'AAA', close(day), earnings))).toEqual([
      [NOTHING, NOTHING],
      [4, NOTHING],
      [3, NOTHING],
      [2, NOTHING],
      [1, NOTHING],
      [0, NOTHING],
      [NOTHING, 1],
    ])
    expect(known(side, 'AAA', close('2024-01-16'), earnings)).toEqual([NOTHING, 3])
  })

  it('belong to the next session at or after a close', () => {
    const side = newSideInputs()
    const announced = utc('2024-01-02T12:00')
    event(side, 'AAA', 'earnings', { ts: utc('2024-01-10T20:59:59'), known_at: announced })
    event(side, 'BBB', 'earnings', { ts: utc('2024-01-10T21:00'), known_at: announced })
    event(side, 'CCC', 'earnings', { ts: utc('2024-01-12T21:30'), known_at: announced })
    expect(known(side, 'AAA', close('2024-01-10'), earnings)).toEqual([0, NOTHING])
    expect(known(side, 'BBB', close('2024-01-10'), earnings)).toEqual([1, NOTHING])
    // Friday evening, and Monday is Martin Luther King Day.
    expect(known(side, 'CCC', close('2024-01-16'), earnings)).toEqual([0, NOTHING])
  })

  it('are seen by every bar of a session alike, and by the sessions of the symbol: crypto days have no weekend', () => {
    const side = newSideInputs()
    event(side, '*', 'macro_high', { ts: utc('2024-01-10T13:30'), known_at: utc('2024-01-02') })
    const next: readonly SideField[] = ['event.macro_high.next']
    expect(known(side, 'AAA', utc('2024-01-05T15:30'), next, utc('2024-01-05T14:30'))).toEqual([3])
    expect(known(side, 'BTC-EUR', utc('2024-01-06'), next)).toEqual([5])
    expect(known(side, 'AAA', utc('2024-01-10T15:30'), next, utc('2024-01-10T14:30'))).toEqual([0])
  })

  it('a new date is known from when it was announced and changes no earlier bar', () => {
    const side = newSideInputs()
    const first = utc('2024-01-10T15:00')
    const later = utc('2024-01-12T15:00')
    event(side, 'AAA', 'earnings', { ts: first, known_at: utc('2024-01-02T12:00') })
    const before = known(side, 'AAA', close('2024-01-08'), earnings)
    const learned = utc('2024-01-09T12:00')
    event(side, 'AAA', 'earnings', { ts: first, known_at: learned }, { detail: 'cancelled' })
    event(side, 'AAA', 'earnings', { ts: later, known_at: learned })
    expect(known(side, 'AAA', close('2024-01-08'), earnings)).toEqual(before)
    expect(before).toEqual([2, NOTHING])
    expect(known(side, 'AAA', close('2024-01-09'), earnings)).toEqual([3, NOTHING])
    expect(known(side, 'AAA', close('2024-01-11'), earnings)).toEqual([1, NOTHING])
    // A cancelled event never took place.
    expect(known(side, 'AAA', close('2024-01-16'), earnings)).toEqual([NOTHING, 1])
  })

  it('a cancelled event can be announced again', () => {
    const side = newSideInputs()
    const ts = utc('2024-01-10T15:00')
    event(side, 'AAA', 'split', { ts, known_at: utc('2024-01-02T12:00') }, { value: 2 })
    event(side, 'AAA', 'split', { ts, known_at: utc('2024-01-03T12:00') }, { detail: 'cancelled' })
    event(side, 'AAA', 'split', { ts, known_at: utc('2024-01-04T12:00') }, { value: 2 })
    const at = (day: string) => known(side, 'AAA', close(day), ['event.split.next'])
    expect([at('2024-01-02'), at('2024-01-03'), at('2024-01-04')]).toEqual([[6], [NOTHING], [4]])
  })

  it('of older tapes have older names', () => {
    const side = newSideInputs()
    event(side, 'AAA', 'dividend', { ts: utc('2024-01-10') }, { value: 0.24 })
    event(side, 'AAA', 'earnings_release', { ts: utc('2024-01-09T15:00') })
    const fields: readonly SideField[] = ['event.dividend_ex.last', 'event.earnings.last']
    expect(known(side, 'AAA', close('2024-01-11'), fields)).toEqual([1, 2])
  })

  it('the nearest of several counts, and past ones are forgotten without losing the newest', () => {
    const side = newSideInputs()
    const start = utc('2020-01-01T15:00')
    for (let day = 0; day < 1500; day += 1) event(side, '*', 'macro_high', { ts: start + day * 86_400_000 })
    event(side, '*', 'macro_high', { ts: utc('2024-03-01T15:00'), known_at: utc('2024-02-12T15:00') })
    const fields: readonly SideField[] = ['event.macro_high.next', 'event.macro_high.last']
    // The last daily one: 2024-02-08, a Thursday.
    expect(known(side, 'AAA', close('2024-02-12'), fields)).toEqual([13, 2])
    expect(JSON.stringify(side.snapshot()).length).toBeLessThan(4000)
  })
})

describe('the age of the event feed', () => {
  const age: readonly SideField[] = ['event.feed_age_days']

  it('is told only where the feed is declared to send every day', () => {
    const sparse = newSideInputs()
    event(sparse, 'AAA', 'earnings', { ts: utc('2024-01-02T21:00') })
    expect(known(sparse, 'AAA', close('2024-01-16'), age)).toEqual([NOTHING])
  })

  it('counts days since the newest word of any event of the symbol or the market, as of the bar', () => {
    const daily = newSideInputs({ hasDailyEventFeed: () => true })
    expect(known(daily, 'AAA', close('2024-01-02'), age)).toEqual([NOTHING])
    event(daily, 'AAA', 'earnings', { ts: utc('2024-03-01T21:00'), known_at: utc('2024-01-02T21:00') })
    event(daily, '*', 'operational_update', { ts: utc('2024-01-05T21:00') })
    expect(known(daily, 'AAA', close('2024-01-04'), age)).toEqual([2])
    expect(known(daily, 'AAA', close('2024-01-16'), age)).toEqual([11])
    expect(known(daily, 'BBB', close('2024-01-16'), age)).toEqual([11])
  })
})
