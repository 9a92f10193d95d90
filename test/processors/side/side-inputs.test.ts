import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { SIDE_FIELDS, type SideField } from '../../../processors/indicators/side-fields.ts'
import type { SideInputs } from '../../../processors/side/side-inputs.ts'
import { close, event, known, macro, newSideInputs, position, quote, report, utc } from './tape.ts'

const NOTHING = Number.NaN
const DAY_MS = 86_400_000

/** A tape of all kinds over 60 days; step by step, so that it can be cut anywhere. */
function steps(seed: number): ((side: SideInputs) => void)[] {
  let state = seed
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const start = utc('2024-01-02T15:00')
  const all: ((side: SideInputs) => void)[] = []
  for (let month = 0; month < 75; month += 1) {
    const periodEnd = Date.UTC(2017, month + 1, 0)
    const value = 100 + month + random(10)
    all.push((side) => macro(side, 'growth', periodEnd, value, { ts: periodEnd + 14 * DAY_MS }))
  }
  for (let step = 0; step < 240; step += 1) {
    const known_at = start + step * 6 * 3_600_000
    const symbol = ['AAA', 'BBB'][random(2)] ?? 'AAA'
    const ahead = known_at + random(20) * DAY_MS
    const type = ['earnings', 'dividend_ex', 'split', 'macro_high'][random(4)] ?? 'earnings'
    const period = new Date(Date.UTC(2022, 3 * random(8), 0)).toISOString().slice(0, 10)
    const item = ['eps_ttm', 'eps_actual', 'eps_consensus', 'total_debt'][random(4)] ?? 'eps_ttm'
    const amount = 1 + random(100)
    const held = { ts: known_at, price: amount, equity: 1000 + amount, flow: random(3) }
    all.push(
      [
        (side: SideInputs) =>
          event(side, type === 'macro_high' ? '*' : symbol, type, { ts: ahead, known_at }, { value: 2 }),
        (side: SideInputs) => report(side, symbol, item, period, amount, { ts: known_at, known_at: ahead }),
        (side: SideInputs) => position(side, symbol, amount - 50, held),
        (side: SideInputs) => quote(side, symbol, amount, amount + 1, { ts: known_at }),
        (side: SideInputs) => side.rescale(symbol, 2),
        (side: SideInputs) => known(side, symbol, known_at, ['event.earnings.next']),
      ][random(6)] ?? (() => {}),
    )
  }
  return all
}

function look(side: SideInputs): number[] {
  const moments = [50, 56, 59, 60, 61].map((day) => close('2024-01-02') + day * DAY_MS)
  return moments.flatMap((ts) => ['AAA', 'BBB', 'CCC'].flatMap((symbol) => known(side, symbol, ts, SIDE_FIELDS)))
}

describe('side inputs', () => {
  it('know which records are theirs', () => {
    const side = newSideInputs()
    expect(side.take('barline.tape.TapeBar', { symbol: 'AAA', known_at: 1 })).toBe(false)
    expect(side.take('toString', {})).toBe(false)
    const quoteRecord = { symbol: 'AAA', ts: 1, known_at: 1, bid: 1, ask: 2 }
    expect(side.take('barline.tape.TapeQuote', quoteRecord)).toBe(true)
  })

  it('answer for a symbol of which nothing is known, and leave alone what is not theirs', () => {
    const fields: readonly SideField[] = ['benchmark.close', 'quote.bid', 'atr_14.value@1d', 'macro.growth_z']
    expect(known(newSideInputs(), 'AAA', close('2024-02-01'), fields)).toEqual([-1, NOTHING, -1, NOTHING])
  })

  it('go on from a snapshot at any record as if nothing had happened, through JSON too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.nat(314), (seed, cut) => {
        const tape = steps(seed)
        const whole = newSideInputs()
        for (const step of tape) step(whole)
        const before = newSideInputs()
        for (const step of tape.slice(0, cut)) step(before)
        const restored = newSideInputs()
        const snapshot = before.snapshot()
        restored.restore(JSON.parse(JSON.stringify(snapshot)))
        // The snapshot shares nothing with what goes on.
        for (const step of tape.slice(cut)) step(before)
        const again = newSideInputs()
        again.restore(snapshot)
        for (const side of [restored, again]) for (const step of tape.slice(cut)) step(side)
        const expected = look(whole)
        expect(look(before)).toEqual(expected)
        expect(look(restored)).toEqual(expected)
        expect(look(again)).toEqual(expected)
        expect(JSON.stringify(restored.snapshot())).toBe(JSON.stringify(whole.snapshot()))
      }),
      { numRuns: 20 },
    )
  })

  it('a later record changes no answer for a bar before it was known', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 80, max: 300 }), (seed, cut) => {
        // A split changes the units of what was known: that is its point. Quotes are kept for an hour only.
        const tape = steps(seed).filter((step) => !String(step).includes('rescale'))
        const fields = SIDE_FIELDS.filter((field) => !field.startsWith('quote.'))
        const ts = utc('2024-01-02T15:00') + (cut - 75) * 6 * 3_600_000
        const all = newSideInputs({ historyMs: 90 * DAY_MS })
        const untilThen = newSideInputs({ historyMs: 90 * DAY_MS })
        for (const step of tape) {
          step(all)
          step(knownUntil(untilThen, ts))
        }
        for (const symbol of ['AAA', 'BBB', 'CCC']) {
          expect(known(all, symbol, ts, fields)).toEqual(known(untilThen, symbol, ts, fields))
        }
      }),
      { numRuns: 20 },
    )
  })

  it('refuse a snapshot of another form', () => {
    expect(() => newSideInputs().restore({ version: 0 })).toThrow(RangeError)
    expect(() => newSideInputs().restore(undefined)).toThrow('snapshot of version undefined, not 2')
  })
})

/** The same side inputs, deaf to what is known after `ts`. */
function knownUntil(side: SideInputs, ts: number): SideInputs {
  return { ...side, take: (name, value) => Number(value.known_at) > ts || side.take(name, value) }
}
