import { describe, expect, it } from '@jest/globals'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import { close, event, known, newSideInputs, report, utc } from './tape.ts'

const NOTHING = Number.NaN
const eps: readonly SideField[] = ['fundamental.eps_ttm']

describe('reported figures', () => {
  it('act on the first bar that closes when they are known and in effect, and wait until then', () => {
    const side = newSideInputs()
    report(side, 'AAA', 'eps_ttm', '2023-12-31', 6, { ts: utc('2024-02-01T21:30') })
    report(side, 'AAA', 'total_debt', '2023-12-31', 50, { ts: utc('2024-01-20'), known_at: utc('2024-02-05T22:00') })
    report(side, 'AAA', 'total_equity', '2023-12-31', 90, { ts: utc('2024-02-07'), known_at: utc('2024-02-05T22:00') })
    const fields: readonly SideField[] = ['fundamental.eps_ttm', 'fundamental.total_debt', 'fundamental.total_equity']
    expect(known(side, 'AAA', close('2024-02-01'), fields)).toEqual([NOTHING, NOTHING, NOTHING])
    expect(known(side, 'AAA', close('2024-02-02'), fields)).toEqual([6, NOTHING, NOTHING])
    expect(known(side, 'AAA', close('2024-02-06'), fields)).toEqual([6, 50, NOTHING])
    expect(known(side, 'AAA', close('2024-02-07'), fields)).toEqual([6, 50, 90])
    expect(known(side, 'BBB', close('2024-02-07'), fields)).toEqual([NOTHING, NOTHING, NOTHING])
  })

  it('a restatement changes no bar before it was known', () => {
    const side = newSideInputs()
    report(side, 'AAA', 'eps_ttm', '2023-12-31', 6, { ts: utc('2024-02-01T13:00') })
    const before = known(side, 'AAA', close('2024-02-05'), eps)
    report(side, 'AAA', 'eps_ttm', '2023-12-31', 5.5, { ts: utc('2024-02-06T13:00') })
    expect(known(side, 'AAA', close('2024-02-05'), eps)).toEqual(before)
    expect(before).toEqual([6])
    expect(known(side, 'AAA', close('2024-02-06'), eps)).toEqual([5.5])
  })

  it('a restatement of an older period does not displace the newest one', () => {
    const side = newSideInputs()
    report(side, 'AAA', 'eps_ttm', '2023-09-30', 5, { ts: utc('2023-11-01') })
    report(side, 'AAA', 'eps_ttm', '2023-12-31', 6, { ts: utc('2024-02-01') })
    report(side, 'AAA', 'eps_ttm', '2023-09-30', 4.5, { ts: utc('2024-02-05') })
    expect(known(side, 'AAA', close('2024-02-06'), eps)).toEqual([6])
  })

  it('a withdrawn figure is none, and so is one older than 400 days', () => {
    const side = newSideInputs()
    report(side, 'AAA', 'eps_ttm', '2023-09-30', 5, { ts: utc('2023-11-01') })
    report(side, 'AAA', 'eps_ttm', '2023-12-31', null, { ts: utc('2024-02-01') })
    report(side, 'BBB', 'eps_ttm', '2023-12-31', 7, { ts: utc('2024-02-01') })
    expect(known(side, 'AAA', close('2024-02-02'), eps)).toEqual([NOTHING])
    // 2024-02-01 and 400 days: 2025-03-07.
    expect(known(side, 'BBB', utc('2025-03-07'), eps)).toEqual([7])
    expect(known(side, 'BBB', utc('2025-03-07') + 1, eps)).toEqual([NOTHING])
  })

  it('the year before is the report of the period a year earlier, as it was known then', () => {
    const side = newSideInputs()
    const fields: readonly SideField[] = ['fundamental.eps_ttm', 'fundamental.eps_ttm_prev_year']
    report(side, 'AAA', 'eps_ttm', '2022-12-31', 4, { ts: utc('2023-02-01') })
    report(side, 'AAA', 'eps_ttm', '2023-09-30', 5, { ts: utc('2023-11-01') })
    expect(known(side, 'AAA', close('2023-11-02'), fields)).toEqual([5, NOTHING])
    report(side, 'AAA', 'eps_ttm', '2023-12-31', 6, { ts: utc('2024-02-01') })
    report(side, 'AAA', 'eps_ttm', '2022-12-31', 3, { ts: utc('2024-02-06') })
    expect(known(side, 'AAA', close('2024-02-05'), fields)).toEqual([6, 4])
    expect(known(side, 'AAA', close('2024-02-06'), fields)).toEqual([6, 3])
  })

  it.each(['2023-12-31', '2022-12-31'])('what the source states for the year before wins, filed under %s', (period) => {
    const side = newSideInputs()
    report(side, 'AAA', 'revenue_ttm', '2022-12-31', 100, { ts: utc('2023-02-01') })
    report(side, 'AAA', 'revenue_ttm', '2023-12-31', 120, { ts: utc('2024-02-01') })
    report(side, 'AAA', 'revenue_ttm_prev_year', period, 96, { ts: utc('2024-02-01') })
    const fields: readonly SideField[] = ['fundamental.revenue_ttm', 'fundamental.revenue_ttm_prev_year']
    expect(known(side, 'AAA', close('2024-02-01'), fields)).toEqual([120, 96])
  })

  it('forty years of reports leave a handful in the state', () => {
    const side = newSideInputs()
    for (let quarter = 0; quarter < 160; quarter += 1) {
      const period = new Date(Date.UTC(1984, 3 * quarter + 3, 0)).toISOString().slice(0, 10)
      report(side, 'AAA', 'eps_ttm', period, quarter, { ts: utc(period) + 30 * 86_400_000 })
    }
    const fields: readonly SideField[] = ['fundamental.eps_ttm', 'fundamental.eps_ttm_prev_year']
    expect(known(side, 'AAA', utc('2024-02-02'), fields)).toEqual([159, 155])
    expect(JSON.stringify(side.snapshot()).match(/periodEnd/g)?.length).toBeLessThan(15)
  })
})

describe('earnings surprises', () => {
  const fields: readonly SideField[] = [
    'surprise.count',
    'surprise.actual',
    'surprise.consensus',
    'surprise.sessions_since',
  ]

  it('an announcement is set against the newest estimate known at it; restatements and later estimates announce nothing', () => {
    const side = newSideInputs()
    report(side, 'AAA', 'eps_consensus', '2023-12-31', 1.9, { ts: utc('2024-01-10') })
    report(side, 'AAA', 'eps_consensus', '2023-12-31', 2, { ts: utc('2024-01-20') })
    report(side, 'AAA', 'eps_consensus', '2024-03-31', 2.5, { ts: utc('2024-01-25') })
    // A Thursday, after the close.
    report(side, 'AAA', 'eps_actual', '2023-12-31', 2.18, { ts: utc('2024-02-01T21:30') })
    report(side, 'AAA', 'eps_consensus', '2023-12-31', 2.18, { ts: utc('2024-02-02T12:00') })
    report(side, 'AAA', 'eps_actual', '2023-12-31', 2.1, { ts: utc('2024-02-05T12:00') })
    expect(known(side, 'AAA', close('2024-02-01'), fields)).toEqual([NOTHING, NOTHING, NOTHING, NOTHING])
    expect(known(side, 'AAA', close('2024-02-02'), fields)).toEqual([1, 2.18, 2, 0])
    expect(known(side, 'AAA', close('2024-02-06'), fields)).toEqual([1, 2.18, 2, 2])
  })

  it('an estimate behind the announcement on the tape counts when it was known with it', () => {
    const side = newSideInputs()
    report(side, 'AAA', 'eps_actual', '2023-12-31', 2.18, { ts: utc('2024-02-01T12:00') })
    expect(known(side, 'AAA', close('2024-02-01'), fields)).toEqual([1, 2.18, NOTHING, 0])
    report(side, 'AAA', 'eps_consensus', '2023-12-31', 2, { ts: utc('2024-02-01T12:00') })
    expect(known(side, 'AAA', close('2024-02-02'), fields)).toEqual([1, 2.18, 2, 1])
  })

  it('the count goes on over forgotten announcements, and late reports of older quarters do not count', () => {
    const side = newSideInputs()
    for (let quarter = 0; quarter < 20; quarter += 1) {
      const period = new Date(Date.UTC(2019, 3 * quarter + 3, 0)).toISOString().slice(0, 10)
      report(side, 'AAA', 'eps_actual', period, quarter, { ts: utc(period) + 30 * 86_400_000 })
    }
    report(side, 'AAA', 'eps_actual', '2018-12-31', 99, { ts: utc('2024-02-01') })
    expect(known(side, 'AAA', close('2024-02-02'), fields)).toEqual([20, 19, NOTHING, 3])
    expect(JSON.stringify(side.snapshot()).match(/actual/g)?.length).toBeLessThan(4)
  })
})

describe('a split', () => {
  it('divides the per-share figures stated before it, whenever they arrive, and no others', () => {
    const side = newSideInputs()
    const fields: readonly SideField[] = [
      'fundamental.eps_ttm',
      'fundamental.eps_ttm_prev_year',
      'fundamental.book_value_per_share',
      'fundamental.total_debt',
      'surprise.actual',
      'surprise.consensus',
    ]
    report(side, 'AAA', 'eps_ttm', '2022-12-31', 9, { ts: utc('2023-02-01') })
    report(side, 'AAA', 'eps_ttm', '2023-12-31', 12, { ts: utc('2024-02-01') })
    report(side, 'AAA', 'total_debt', '2023-12-31', 1000, { ts: utc('2024-02-01') })
    report(side, 'AAA', 'eps_consensus', '2023-12-31', 3, { ts: utc('2024-01-15') })
    report(side, 'AAA', 'eps_actual', '2023-12-31', 4.5, { ts: utc('2024-02-01') })
    event(side, 'AAA', 'split', { ts: utc('2024-02-06T05:00'), known_at: utc('2024-01-02') }, { value: 3 })
    expect(known(side, 'AAA', close('2024-02-05'), fields)).toEqual([12, 9, NOTHING, 1000, 4.5, 3])
    side.rescale('AAA', 3)
    // In old units, and known only now; then in new units.
    report(side, 'AAA', 'book_value_per_share', '2023-12-31', 30, {
      ts: utc('2024-02-02'),
      known_at: utc('2024-02-06'),
    })
    expect(known(side, 'AAA', close('2024-02-06'), fields)).toEqual([4, 3, 10, 1000, 1.5, 1])
    report(side, 'AAA', 'eps_ttm', '2023-12-31', 4.2, { ts: utc('2024-02-07') })
    expect(known(side, 'AAA', close('2024-02-07'), fields)).toEqual([4.2, 3, 10, 1000, 1.5, 1])
  })

  it('that nobody announced divides all that is there', () => {
    const side = newSideInputs()
    report(side, 'AAA', 'eps_ttm', '2023-12-31', 12, { ts: utc('2024-02-01') })
    side.rescale('AAA', 2)
    side.rescale('BBB', 2)
    expect(known(side, 'AAA', close('2024-02-06'), eps)).toEqual([6])
  })

  it('that was cancelled has no units', () => {
    const side = newSideInputs()
    const ts = utc('2024-02-05T05:00')
    event(side, 'AAA', 'split', { ts, known_at: utc('2024-01-02') }, { value: 2 })
    event(side, 'AAA', 'split', { ts, known_at: utc('2024-01-03') }, { detail: 'cancelled' })
    event(side, 'AAA', 'split', { ts: utc('2024-02-07T05:00'), known_at: utc('2024-01-03') }, { value: 2 })
    report(side, 'AAA', 'eps_ttm', '2023-12-31', 12, { ts: utc('2024-02-06') })
    side.rescale('AAA', 2)
    expect(known(side, 'AAA', close('2024-02-07'), eps)).toEqual([6])
  })
})
