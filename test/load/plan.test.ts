import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { planLoad, type Step } from '../../load/plan.ts'
import { parseEvent, type RawInput } from '../../load/rows.ts'
import { parseMacro, parsePosition, parseQuote } from '../../load/side-rows.ts'
import { bar, calendarOf, fileOf } from './market.ts'

const graceMs = 60_000
const hour = 3_600_000
const context = { graceMs, calendarOf, loadedRows: [] }
const rowContext = { delayMs: 0, calendarOf }
const timeOf = (step: Step): number =>
  step.kind === 'marker' ? step.marker.known_at : (step.input?.knownAt ?? -Infinity)
const sketch = (steps: readonly Step[]): string[] =>
  steps.map((step) => {
    const time = new Date(timeOf(step)).toISOString().slice(5, 19)
    return step.kind === 'marker'
      ? `marker ${time}`
      : `${step.input?.recordName.split('.').at(-1)} ${step.input?.key} ${time}`
  })

const start = Date.UTC(2024, 0, 3)
/** Crypto bars of an hour within three days, some without their line, known up to the grace after their close. */
const files = fc
  .array(
    fc.array(
      fc.record({
        hours: fc.nat(71),
        symbol: fc.constantFrom('X:A', 'X:B'),
        delayMs: fc.nat(graceMs),
        isRefused: fc.nat(9).map((n) => n === 0),
      }),
      { maxLength: 12 },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((all) =>
    all.map((rows, index) =>
      fileOf(
        `f${index}`,
        rows.map(({ hours, symbol, delayMs, isRefused }): RawInput | undefined =>
          isRefused ? undefined : bar(symbol, '1h', new Date(start + hours * hour).toISOString(), delayMs),
        ),
      ),
    ),
  )

describe('the plan of a load', () => {
  test('has a marker before the first record, one after each close and its grace, and bars of one time in the order of the files', () => {
    const plan = planLoad(
      [
        fileOf('a', [bar('IBM', '1d', '2024-01-03'), bar('IBM', '1d', '2024-01-05')]),
        fileOf('b', [bar('MSFT', '1d', '2024-01-03')]),
      ],
      context,
    )
    expect(sketch(plan)).toEqual([
      'marker 01-03T14:30:00',
      'Bar IBM 01-03T21:00:00',
      'Bar MSFT 01-03T21:00:00',
      'marker 01-03T21:01:00',
      'marker 01-04T21:01:00',
      'Bar IBM 01-05T21:00:00',
      'marker 01-05T21:01:00',
    ])
    expect(plan.flatMap((step) => (step.kind === 'marker' ? [step.marker.ts % 60_000] : []))).toEqual([0, 1, 1, 1])
  })

  test('has events before bars of the same time', () => {
    const event = parseEvent(
      { symbol: 'IBM', event_type: 'split', effective_at_utc: '2024-01-03T21:00:00Z', value: '2' },
      { delayMs: 0, calendarOf },
    )
    const plan = planLoad([fileOf('bars', [bar('IBM', '1d', '2024-01-03')]), fileOf('events', [event])], context)
    expect(sketch(plan).filter((line) => !line.startsWith('marker'))).toEqual([
      'CorporateEvent IBM 01-03T21:00:00',
      'Bar IBM 01-03T21:00:00',
    ])
  })

  test('has records of the same time in the order of their topics', () => {
    const time = '2024-01-03T21:00:00Z'
    const inputs = [
      bar('IBM', '1d', '2024-01-03'),
      parseQuote({ symbol: 'IBM', ts_utc: time, bid: '1', ask: '2', bid_size: '1', ask_size: '1' }, '', rowContext),
      parsePosition({ symbol: 'IBM', portfolio: 'main', quantity: '1', effective_at_utc: time }, '', rowContext),
      parseMacro({ series: 'CPI', period_end: '2023-12-31', value: '1', known_at_utc: time }, '', rowContext),
    ]
    const plan = planLoad(
      inputs.map((input, index) => fileOf(`f${index}`, [input])),
      context,
    )
    expect(sketch(plan).filter((line) => !line.startsWith('marker'))).toEqual([
      'MacroObservation CPI 01-03T21:00:00',
      'PortfolioPosition IBM 01-03T21:00:00',
      'Quote IBM 01-03T21:00:00',
      'Bar IBM 01-03T21:00:00',
    ])
  })

  test('has the longest of the bars that are known at the same time first, in whichever file it is', () => {
    const [first, last] = ['2024-01-03T19:30:00Z', '2024-01-03T20:30:00Z']
    const hours = [
      bar('IBM', '1h', first),
      bar('MSFT', '1h', last),
      bar('IBM', '1h', last),
      bar('IBM', '5m', '2024-01-03T20:55:00Z'),
    ]
    const days = [bar('IBM', '1w', '2024-01-03T14:30:00Z'), bar('IBM', '1d', '2024-01-03')]
    const order = (inputs: readonly (readonly RawInput[])[]) =>
      planLoad(
        inputs.map((each, index) => fileOf(`f${index}`, each)),
        context,
      ).flatMap((step) => (step.kind === 'row' && step.input ? [`${step.input.key} ${step.input.bar?.timeframe}`] : []))
    const expected = ['IBM 1h', 'IBM 1d', 'MSFT 1h', 'IBM 1h', 'IBM 5m', 'IBM 1w']
    expect(order([hours, days])).toEqual(expected)
    expect(order([[...hours, ...days]])).toEqual(expected)
  })

  test('moves no clock when there are no bars', () => {
    const event = parseEvent(
      { symbol: 'IBM', event_type: 'split', effective_date: '2024-01-03', value: '2' },
      { delayMs: 0, calendarOf },
    )
    expect(sketch(planLoad([fileOf('events', [event])], context))).toEqual(['CorporateEvent IBM 01-03T14:30:00'])
  })

  test('has every row once, each file in its order, and its time never falls', () => {
    fc.assert(
      fc.property(files, (some) => {
        const plan = planLoad(some, context)
        for (const [file, { rows }] of some.entries()) {
          const mine = plan.flatMap((step) => (step.kind === 'row' && step.file === file ? [step.row] : []))
          expect(mine).toEqual(rows.map((_, row) => row))
        }
        const times = plan.map(timeOf).filter((time) => time > -Infinity)
        expect(times).toEqual([...times].sort((a, b) => a - b))
      }),
    )
  })

  test('begins and ends with a marker, has none twice, and no bar behind the marker that closes its barrier', () => {
    fc.assert(
      fc.property(files, (some) => {
        const plan = planLoad(some, context).filter((step) => step.kind === 'marker' || step.input)
        if (plan.length === 0) return
        expect([plan[0]?.kind, plan.at(-1)?.kind]).toEqual(['marker', 'marker'])
        const markers = plan.flatMap((step) => (step.kind === 'marker' ? [step.marker.ts] : []))
        expect(new Set(markers).size).toBe(markers.length)
        let clock = -Infinity
        for (const step of plan) {
          if (step.kind === 'marker') clock = step.marker.ts
          else expect((step.input?.bar?.tsClose ?? 0) + graceMs).toBeGreaterThanOrEqual(clock)
        }
      }),
    )
  })

  test('of a load that was cut off anywhere is exactly the rest of it', () => {
    fc.assert(
      fc.property(files, fc.nat(60), (some, pick) => {
        const whole = planLoad(some, context)
        const cut = pick % (whole.length + 1)
        const done = whole.slice(0, cut)
        const loadedRows = some.map(
          (_, file) => done.filter((step) => step.kind === 'row' && step.file === file).length,
        )
        const markers = done.flatMap((step) => (step.kind === 'marker' ? [step.marker.ts] : []))
        expect(planLoad(some, { ...context, loadedRows, clock: markers.at(-1) })).toEqual(whole.slice(cut))
      }),
    )
  })
})
