import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { CatalogError } from '../../../catalog/catalog-error.ts'
import { createFeaturesProcessor, type FeaturesProcessor } from '../../../processors/features/features.ts'
import { completeHead, type InputHead, type InputRecord } from '../../../processors/processor.ts'
import {
  applyAll,
  collect,
  crossSectionText,
  DAY,
  type Emitted,
  HOUR,
  hourly,
  marker,
  marketRow,
  row,
  stageOf,
  universeRow,
  valuesOf,
  viewOf,
} from './stage.ts'

function heads(indicators: InputRecord | undefined, market: InputRecord | undefined): InputHead[] {
  return [
    completeHead({ topic: 'indicators', partition: 0 }, indicators, indicators === undefined),
    completeHead({ topic: 'market-state', partition: 0 }, market, market === undefined),
  ]
}

const progress = (ts: number) => marker('market-state', 'progress', ts)
const clock = (ts: number) => marker('indicators', 'clock', ts)
const due = row({ ts: DAY })

/** What is chosen of a due row and a market-state record after these records. */
function choice(before: readonly InputRecord[], indicators: InputRecord = due): string {
  const stage = stageOf()
  applyAll(stage, before)
  const chosen = [stage.select(heads(indicators, progress(5 * DAY))), stage.select(heads(indicators, undefined))]
  if (chosen[0] === 0 && chosen[1] === 0) return 'ready'
  return chosen[0] === 1 && chosen[1] === undefined ? 'waits' : `chose ${chosen}`
}

describe('a row of the view stamped T', () => {
  it('waits until all barriers before T are closed', () => {
    expect(choice([])).toBe('waits')
    expect(choice([progress(DAY - 2 * HOUR)])).toBe('waits')
    expect(choice([progress(DAY - HOUR)])).toBe('ready')
    expect(choice([progress(DAY)])).toBe('ready')
  })

  it('does not wait for the barrier at T', () => {
    expect(choice([progress(DAY - HOUR)], row({ ts: DAY }))).toBe('ready')
    expect(choice([progress(DAY - HOUR)], row({ ts: DAY + 1 }))).toBe('waits')
  })

  it('does not wait for barriers before the first clock marker', () => {
    expect(choice([clock(DAY - HOUR)])).toBe('waits')
    expect(choice([clock(DAY - HOUR + 1)])).toBe('ready')
    expect(choice([clock(0), clock(DAY)])).toBe('waits')
  })

  it('does not wait where the grid has nothing before it, or does not know its time', () => {
    const choose = (newestBefore: () => number | undefined) =>
      createFeaturesProcessor({ views: [viewOf()], grid: { graceMs: 0, newestBefore } }).select(heads(due, undefined))
    expect(choose(() => undefined)).toBe(0)
    const outside = () => {
      throw new CatalogError('CALENDAR_RANGE', { file: 'barriers.json' }, 'outside')
    }
    expect(choose(outside)).toBe(0)
    expect(() =>
      choose(() => {
        throw new Error('broken')
      }),
    ).toThrow('broken')
  })
})

describe('everything else', () => {
  it('is ready at once: clock markers, rows of other timeframes, and what can only be refused', () => {
    expect(choice([], clock(9 * DAY))).toBe('ready')
    expect(choice([], row({ ts: DAY, timeframe: '1h' }))).toBe('ready')
    expect(choice([], row({ ts: DAY, timeframe: '2h' }))).toBe('ready')
    expect(choice([], row({ ts: Number.NaN }))).toBe('ready')
  })

  it('waits while no input has anything', () => {
    expect(stageOf().select(heads(undefined, undefined))).toBeUndefined()
    expect(stageOf().select(heads(undefined, progress(DAY)))).toBe(1)
  })
})

describe('markers', () => {
  it('of the clock are passed on in their place; progress is not', () => {
    const emitted = applyAll(stageOf(), [clock(DAY), progress(DAY), row({ ts: DAY }), clock(2 * DAY)])
    const kinds = emitted.map((one) => ('marker' in one ? `${one.to} ${one.marker.kind} ${one.marker.ts}` : 'row'))
    expect(kinds).toEqual([`features.core_pack_1d clock ${DAY}`, 'row', `features.core_pack_1d clock ${2 * DAY}`])
  })
})

/** Feeds two inputs as `deliveries` says which arrives next, taking what `select` chooses in between. */
function drive(
  stage: FeaturesProcessor,
  inputs: readonly [InputRecord[], InputRecord[]],
  deliveries: readonly boolean[],
) {
  const emitted: Emitted[] = []
  const waiting: [InputRecord[], InputRecord[]] = [[], []]
  const left: [InputRecord[], InputRecord[]] = [[...inputs[0]], [...inputs[1]]]
  const takeAll = () => {
    for (;;) {
      const chosen = stage.select(heads(waiting[0][0], waiting[1][0]))
      const record = chosen === undefined ? undefined : waiting[chosen === 0 ? 0 : 1].shift()
      if (record === undefined) return
      stage.apply(record, collect(emitted))
    }
  }
  const deliver = (input: 0 | 1) => {
    const next = left[input].shift()
    if (next !== undefined) waiting[input].push(next)
    takeAll()
  }
  for (const fromMarket of deliveries) deliver(fromMarket ? 1 : 0)
  while (left[0].length > 0) deliver(0)
  while (left[1].length > 0) deliver(1)
  expect([waiting[0].length, waiting[1].length]).toEqual([0, 0])
  return emitted
}

describe('the outputs', () => {
  const view = viewOf(crossSectionText)

  it('do not depend on how the inputs interleave', () => {
    const day = fc.record({
      ts: fc.integer({ min: 0, max: 23 }),
      rsi: fc.option(fc.integer({ min: 0, max: 100 })),
      barrier: fc.boolean(),
      clock: fc.boolean(),
      // With 2, the last row of the group never comes.
      left: fc.integer({ min: 0, max: 2 }),
    })
    fc.assert(
      fc.property(
        fc.array(day, { minLength: 1, maxLength: 30 }),
        fc.array(fc.boolean(), { maxLength: 120 }),
        fc.boolean(),
        (days, deliveries, started) => {
          const indicators: InputRecord[] = started ? [clock(2 * DAY)] : []
          const market: InputRecord[] = []
          days.forEach((one, at) => {
            const start = (at + 1) * DAY
            const ts = start + one.ts * HOUR
            indicators.push(row({ ts, rsi_14__value: one.rsi, rows_left: one.left }))
            const hour = { ts, timeframe: '1h', ts_open: ts - HOUR, rows_left: one.left - 1 }
            if (one.left > 0) indicators.push(row({ ...hour, ema_12__value: at }))
            indicators.push(row({ ts, rsi_14__value: one.rsi, symbol: 'MSFT' }))
            if (one.clock) indicators.push(clock(start + DAY - 1))
            // Known late, so that a row that looked too far ahead would show it.
            const barrier = { ts: start + 12 * HOUR, known_at: ts + 3 * DAY }
            if (one.barrier) market.push(marketRow({ ...barrier, breadth_v1__adv_ratio: at }))
            if (one.barrier) market.push(universeRow({ ...barrier, xs_rank_v1__ret_5: at / 100 }))
            market.push(progress(start + DAY - HOUR))
          })
          const inOrder = drive(createFeaturesProcessor({ views: [view], grid: hourly }), [indicators, market], [])
          expect(
            drive(createFeaturesProcessor({ views: [view], grid: hourly }), [indicators, market], deliveries),
          ).toEqual(inOrder)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('use the newest barrier row before T, and are known no sooner than it', () => {
    const stage = createFeaturesProcessor({ views: [view], grid: hourly })
    const rows = [
      marketRow({ ts: DAY, breadth_v1__adv_ratio: 40, known_at: DAY + 7 }),
      marketRow({ ts: 2 * DAY, breadth_v1__adv_ratio: 41, known_at: 9 * DAY }),
      progress(5 * DAY),
      row({ ts: 2 * DAY, known_at: DAY }),
      row({ ts: 2 * DAY + 1, known_at: 3 * DAY }),
    ]
    expect(valuesOf(applyAll(stage, rows)).map((value) => [value.adv_ratio, value.known_at])).toEqual([
      [40, DAY + 7],
      [41, 9 * DAY],
    ])
  })

  it('use the row of the symbol among its peers, and the timeframe of the feature', () => {
    const rows = [
      universeRow({ ts: DAY, xs_rank_v1__ret_5: 0.25 }),
      universeRow({ ts: DAY, symbol: 'MSFT', xs_rank_v1__ret_5: 0.75, known_at: 3 * DAY }),
      universeRow({ ts: DAY + HOUR, timeframe: '1h', xs_rank_v1__ret_5: 1 }),
      row({ ts: 2 * DAY }),
      row({ ts: 2 * DAY, symbol: 'MSFT' }),
      row({ ts: 2 * DAY, symbol: 'IBM' }),
    ]
    const values = valuesOf(applyAll(createFeaturesProcessor({ views: [view], grid: hourly }), rows))
    expect(values.map((value) => [value.symbol, value.xs_rank, value.known_at])).toEqual([
      ['AAPL', 0.25, 2 * DAY],
      ['MSFT', 0.75, 3 * DAY],
      ['IBM', null, 2 * DAY],
    ])
  })

  it('keep barrier rows in a snapshot, and forget those that no row can use any more', () => {
    const stage = createFeaturesProcessor({ views: [view], grid: hourly })
    applyAll(
      stage,
      [1, 2, 3, 4].map((day) => marketRow({ ts: day * DAY })),
    )
    applyAll(stage, [clock(3 * DAY + HOUR)])
    const restored = createFeaturesProcessor({ views: [view], grid: hourly })
    restored.restore(stage.snapshot())
    expect(restored.snapshot().market.map(([, , , kept]) => kept.map(({ ts }) => ts / DAY))).toEqual([[3, 4]])
    expect(applyAll(restored, [row({ ts: 3 * DAY })])).toEqual([{ refused: 'LATE' }])
  })

  it('read nothing of the cross-section as long as no feature does', () => {
    const stage = stageOf()
    applyAll(stage, [marketRow({ ts: DAY, known_at: 9 * DAY }), progress(DAY)])
    expect(stage.snapshot().market).toEqual([])
    expect(valuesOf(applyAll(stage, [row({ ts: DAY + 1 })]))[0]?.known_at).toBe(DAY + 1)
  })
})
