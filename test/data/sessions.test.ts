import { describe, expect, it } from '@jest/globals'
import { type Calendar, loadCalendars, sessionOf } from '../../catalog/calendar.ts'
import { readBars } from './shipped-bars.ts'

const xnys = loadCalendars().get('XNYS')

function sessionLabels(calendar: Calendar, from: string, to: string): string[] {
  const labels: string[] = []
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += 86_400_000) {
    const session = sessionOf(calendar, new Date(ms).toISOString().slice(0, 10))
    if (session !== undefined) labels.push(session.label)
  }
  return labels
}

describe('the dates of the shipped bars', () => {
  const all = [...readBars('us-index_1d.csv.gz'), ...readBars('us-equity_1d.csv.gz')]

  it.each(all)('of %s are exactly the NYSE sessions of its span', (_symbol, bars) => {
    if (xnys === undefined) throw new Error('no calendar XNYS')
    const dates = bars.map(({ date }) => date)
    expect(dates).toEqual(sessionLabels(xnys, dates.at(0) ?? '', dates.at(-1) ?? ''))
  })

  it('cover every session from 1999 to 2018 in both indices', () => {
    if (xnys === undefined) throw new Error('no calendar XNYS')
    const sessions = sessionLabels(xnys, '1999-01-01', '2018-12-31')
    for (const symbol of ['SPX', 'IXIC']) {
      expect(new Map(all).get(symbol)?.map(({ date }) => date)).toEqual(sessions)
    }
  })
})
