import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createOnlineView, type Found } from '../../../serve/features/online-view.ts'
import { day, rowOf } from './support/rows.ts'

const graceMs = 60_000
const offsetOf = (found: Found) => (found.kind === 'row' ? found.row.offset : found.kind)

function viewOf(days: readonly number[], rowsPerSymbol = 10) {
  const online = createOnlineView({ rowsPerSymbol, graceMs })
  for (const [offset, number] of days.entries()) online.takeRow(rowOf({ ts: day(number), offset }))
  return online
}

describe('the view in memory', () => {
  test('gives the newest row known at a time', () => {
    const online = viewOf([1, 2, 4])
    expect(offsetOf(online.find('AAPL', day(3)))).toBe(1)
    expect(offsetOf(online.find('AAPL', day(4)))).toBe(2)
    expect(offsetOf(online.find('AAPL', day(1) - 1))).toBe('none')
    expect(offsetOf(online.newest('AAPL'))).toBe(2)
  })

  test('goes by when a row was known, not by its close', () => {
    const online = viewOf([1])
    online.takeRow(rowOf({ ts: day(2), knownAt: day(5), offset: 1 }))
    expect(offsetOf(online.find('AAPL', day(5) - 1))).toBe(0)
    expect(offsetOf(online.find('AAPL', day(5)))).toBe(1)
  })

  test('takes a row that is read again only once', () => {
    const online = viewOf([1, 2])
    online.takeRow(rowOf({ ts: day(2), offset: 1 }))
    online.takeRow(rowOf({ ts: day(1), offset: 0 }))
    expect(online.size).toBe(2)
  })

  test('keeps so many rows of a symbol and sends what is older to the history', () => {
    const online = viewOf([1, 2, 3, 4, 5], 2)
    expect(online.size).toBe(2)
    expect(online.bytes).toBe(viewOf([4, 5]).bytes)
    expect(offsetOf(online.find('AAPL', day(4)))).toBe(3)
    expect(online.find('AAPL', day(3))).toEqual({ kind: 'history', needed: { partition: 0, offset: 2 }, isFinal: true })
  })

  test('sends rows that a backfill corrected to the history, and those behind them not', () => {
    const online = viewOf([1, 2, 3])
    online.correctedUntil('AAPL', day(2))
    expect(online.find('AAPL', day(2))).toMatchObject({ kind: 'history', needed: { offset: 1 } })
    expect(offsetOf(online.newest('AAPL'))).toBe(2)
  })

  test('sends to the history what may be from before the topic was made anew, and those behind it not', () => {
    const online = viewOf([5, 6])
    online.madeAnewAfter('AAPL', day(5))
    online.madeAnewAfter('MSFT', day(4))
    expect(online.find('AAPL', day(4))).toEqual({ kind: 'history', needed: undefined, isFinal: true })
    // Both topics may have had a row of that day; which one is read, the history decides.
    expect(online.find('AAPL', day(5))).toMatchObject({ kind: 'history', needed: { offset: 0 } })
    expect(offsetOf(online.newest('AAPL'))).toBe(1)
    expect(online.newest('MSFT')).toEqual({ kind: 'history', needed: undefined, isFinal: false })
    expect(online.newest('GOOG')).toEqual({ kind: 'none', isFinal: false })
    expect([online.symbols(), online.has('MSFT'), online.has('GOOG')]).toEqual([['AAPL', 'MSFT'], true, false])
  })

  test('says final once nothing can come before', () => {
    const online = viewOf([1, 2])
    expect(online.find('AAPL', day(1))).toMatchObject({ isFinal: true })
    expect(online.find('AAPL', day(2))).toMatchObject({ isFinal: false })
    online.takeMarker(0, { ts: day(2) + graceMs, known_at: day(2) + graceMs })
    expect(online.find('AAPL', day(2) - 1)).toMatchObject({ isFinal: true })
    expect(online.find('AAPL', day(2))).toMatchObject({ isFinal: false })
    expect(online.clockOf('AAPL')).toMatchObject({ knownUntil: day(2) + graceMs, finalUntil: day(2) })
  })

  test('names the offset that the history needs for a span', () => {
    const online = viewOf([1, 2, 3, 4], 2)
    expect(online.neededFor('AAPL', day(4))).toEqual({ partition: 0, offset: 2 })
    expect(online.neededFor('AAPL', day(2))).toEqual({ partition: 0, offset: 1 })
    expect(online.neededFor('MSFT', day(2))).toBeUndefined()
  })

  test('never looks ahead: whatever is known later changes no answer', () => {
    const ascending = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 30 }).map((steps) => {
      let at = 0
      return steps.map((step) => {
        at += step
        return at
      })
    })
    fc.assert(
      fc.property(ascending, fc.integer({ min: 0, max: 90 }), fc.integer({ min: 1, max: 30 }), (days, asOf, kept) => {
        const known = days.filter((number) => number <= asOf)
        const whole = viewOf(days, 30).find('AAPL', day(asOf))
        expect(offsetOf(viewOf(known, 30).find('AAPL', day(asOf)))).toBe(offsetOf(whole))
        const bounded = viewOf(days, kept).find('AAPL', day(asOf))
        if (bounded.kind !== 'history') expect(offsetOf(bounded)).toBe(offsetOf(whole))
      }),
    )
  })
})
