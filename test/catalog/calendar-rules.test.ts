import { describe, expect, it } from '@jest/globals'
import { parseCalendar, sessionOf } from '../../catalog/calendar.ts'

const FILE = {
  id: 'TEST',
  name: 'Test',
  sources: 'made for this test',
  timezone: 'America/New_York',
  valid_from: '2018-01-01',
  valid_to: '2018-12-31',
  weekdays: 'Mon Tue Wed Thu Fri',
  open: '09:30',
  open_day_offset: 0,
  close: '16:00',
  closures: { '2018-01-01': 'New Year' },
  early_closes: { '2018-07-03': '13:00' },
  late_opens: { '2018-07-05': '12:00' },
}

function parse(changes: Record<string, unknown>) {
  return parseCalendar(JSON.stringify({ ...FILE, ...changes }), 'test.json')
}

describe('parseCalendar', () => {
  it('accepts a complete file', () => {
    const calendar = parse({})
    expect(sessionOf(calendar, '2018-01-01')).toBeUndefined()
    expect(sessionOf(calendar, '2018-01-02')?.openMs).toBe(Date.parse('2018-01-02T14:30Z'))
    expect(sessionOf(calendar, '2018-07-03')?.closeMs).toBe(Date.parse('2018-07-03T17:00Z'))
    expect(sessionOf(calendar, '2018-07-05')?.openMs).toBe(Date.parse('2018-07-05T16:00Z'))
  })

  it('refuses what is not JSON', () => {
    expect(() => parseCalendar('{', 'test.json')).toThrow(
      expect.objectContaining({ code: 'CATALOG_SYNTAX', file: 'test.json' }),
    )
  })

  it.each([
    ['timezone', { timezone: 'America/Gotham' }],
    ['valid_from', { valid_from: '2018-02-30' }],
    ['valid_to', { valid_to: '2017-12-31' }],
    ['weekdays', { weekdays: 'Mon Tues' }],
    ['open', { open: '9:30' }],
    ['open', { open: undefined }],
    ['close', { close: '09:30' }],
    ['close', { open: '09:30', open_day_offset: -1, close: '16:00' }],
    ['closures.2018-13-01', { closures: { '2018-13-01': 'No such month' } }],
    ['closures.2018-01-06', { closures: { '2018-01-06': 'A Saturday' } }],
    ['closures.2019-01-01', { closures: { '2019-01-01': 'Outside the range' } }],
    ['early_closes.2018-01-01', { early_closes: { '2018-01-01': '13:00' } }],
    ['early_closes.2018-07-03', { early_closes: { '2018-07-03': '09:30' } }],
    ['late_opens.2018-07-05', { late_opens: { '2018-07-05': '16:00' } }],
  ])('refuses a bad %s and names it', (column, changes) => {
    expect(() => parse(changes)).toThrow(expect.objectContaining({ code: 'CATALOG_CELL', file: 'test.json', column }))
  })

  it('refuses a field that it does not know', () => {
    expect(() => parse({ lunch_break: '12:00' })).toThrow(/lunch_break/)
  })
})
