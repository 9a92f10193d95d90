import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { CatalogError } from '../../../catalog/catalog-error.ts'
import type { IndicatorRow } from '../../../catalog/indicator-row.ts'
import type { Timeframe } from '../../../catalog/timeframe.ts'
import { type BreadthProcessor, createBreadth } from '../../../processors/breadth/breadth.ts'
import { LOG_RETURN } from '../../../processors/breadth/daily-returns.ts'
import type { DataRecord, InputRecord } from '../../../processors/processor.ts'
import { applied, appliedAll, clock, data, drive, type Emission } from '../ingest/driver.ts'
import { instrumentsOf, rowOf } from './cross-cases.ts'
import {
  byPartition,
  definedBarriers,
  interleaved,
  type Partitions,
  partitionsOf,
  picks,
  tens,
  withRestart,
} from './fan-in-cases.ts'

/** The first multiple of a step at or after a time. */
const everyStep = (step: number) => (ts: number) => Math.ceil(ts / step) * step

/** Barriers of 1h at the multiples of ten, of 1d at those of thirty. */
const closes = new Map<Timeframe, (ts: number) => number>([
  ['1h', everyStep(10)],
  ['1d', everyStep(30)],
])

const instruments = instrumentsOf()

/** Rows that have values as soon as two symbols do. */
const quick: readonly IndicatorRow[] = [
  rowOf('xs_rank_v1', { params: { min_members: 2 } }),
  rowOf('dispersion_v1', { params: { window: 2, min_members: 2 }, warmupBars: 3 }),
]

const create = (partitions: number, maxBarriersAhead?: number, catalog = quick): BreadthProcessor => {
  const ahead = maxBarriersAhead === undefined ? {} : { maxBarriersAhead }
  return createBreadth({ partitions, grid: tens, catalog, instruments, closes, ...ahead })
}

const row = (
  partition: number,
  offset: number,
  ts: number,
  knownAt: number,
  fields: Readonly<Record<string, unknown>> = {},
): DataRecord => {
  const times = { timeframe: '1d', ts, known_at: knownAt, ts_open: ts - 1 }
  const bar = { open: 10, high: 12, low: 9, close: 11, volume: 100, split_factor: null }
  const value = { symbol: `S${partition}`, ...times, ...bar, ...fields }
  return data({ topic: 'indicators', recordName: 'barline.indicators.IndicatorRow', partition, offset, value })
}

/** Rows of a few symbols a partition in both timeframes and one that has no barriers, the market index, and clock markers. */
const inputs = partitionsOf((partition, offset, ts, knownAt, choice) => {
  if (choice < 20) return clock(ts, { topic: 'indicators', partition, offset }, knownAt)
  const symbol = choice > 95 && partition === 0 ? 'SPX' : `S${partition}${'abc'[choice % 3]}`
  const timeframe = choice % 5 === 0 ? '5m' : choice % 2 === 0 ? '1h' : '1d'
  const value = ((choice * 7 + offset * 3) % 11) / 10
  const inputsOfRow = ['ret_5', 'ret_20', 'rsi_14', 'realized_vol_20', 'amihud_20', 'dollar_vol_20']
  const ranked = Object.fromEntries(inputsOfRow.map((id) => [`${id}__value`, choice === 50 ? null : value]))
  return row(partition, offset, ts, knownAt, { symbol, timeframe, ...ranked, [LOG_RETURN]: value - 0.5 })
})

const records = (emissions: readonly Emission[]) =>
  emissions.flatMap((emission) => (emission.kind === 'record' ? [emission.output] : []))

describe('breadth', () => {
  test('says on every partition that all barriers up to a time are closed, and when that could be known', () => {
    const breadth = create(2)
    expect(appliedAll(breadth, [row(0, 0, 25, 26), row(1, 0, 12, 12)])).toEqual([])
    expect(breadth.laggards()).toEqual([1])
    const marker = { kind: 'progress', ts: 20, known_at: 31 }
    expect(applied(breadth, clock(30, { topic: 'indicators', partition: 1 }, 31))).toEqual([
      { kind: 'marker', topic: 'market-state', marker, partition: 0 },
      { kind: 'marker', topic: 'market-state', marker, partition: 1 },
    ])
  })

  test('writes the market on every partition and each member on its own, before the marker', () => {
    const last = [clock(40, { partition: 0 }, 41), clock(40, { partition: 1 }, 44)]
    const emissions = appliedAll(create(2), [row(0, 0, 30, 31), row(1, 0, 28, 32), ...last])
    const place = { timeframe: '1d', ts: 30, known_at: 44 }
    const market = { ...place, members: 2, coverage: 1 }
    expect(
      emissions.map((emission) =>
        emission.kind === 'record'
          ? [emission.output.recordName, emission.output.key, emission.output.partition, emission.output.timestamp]
          : [emission.kind],
      ),
    ).toEqual([
      // Barrier 20, which both partitions have passed with their rows, is empty.
      ['marker'],
      ['marker'],
      ['barline.state.MarketState', '*', 0, 30],
      ['barline.state.MarketState', '*', 1, 30],
      ['barline.state.UniverseState', 'S0', 0, 30],
      ['barline.state.UniverseState', 'S1', 1, 30],
      ['marker'],
      ['marker'],
    ])
    expect(records(emissions)[0]?.value).toMatchObject({ ...market, dispersion_v1__xs_std: null })
    expect(records(emissions)[3]?.value).toMatchObject({ symbol: 'S1', ...place, xs_rank_v1__ret_5: null })
  })

  test('takes the newest row of a symbol between two barriers, and neither the index nor other timeframes', () => {
    const given = appliedAll(create(1), [
      row(0, 0, 2, 2, { close: 1 }),
      row(0, 1, 9, 9, { symbol: 'SPX' }),
      row(0, 2, 9, 9, { timeframe: '5m', symbol: 'X' }),
      row(0, 3, 29, 29),
      clock(40),
    ])
    expect(records(given).map(({ key, value }) => [key, value.ts, value.members])).toEqual([
      ['*', 30, 1],
      ['S0', 30, undefined],
    ])
  })

  test('counts a silent symbol in the coverage, and not one that has stopped for good', () => {
    const breadth = create(1)
    const day = (number: number, both: boolean) => [
      row(0, 0, number * 30, number * 30, { symbol: 'A' }),
      ...(both ? [row(0, 0, number * 30, number * 30, { symbol: 'B' })] : []),
    ]
    const days = Array.from({ length: 24 }, (_, i) => day(i + 1, i === 0)).flat()
    const given = records(appliedAll(breadth, [...days, clock(999)])).filter(({ key }) => key === '*')
    expect(given.map(({ value }) => value.coverage)).toEqual([1, ...Array(20).fill(0.5), 1, 1, 1])
  })

  test('refuses a record without a usable time, and a row that is malformed', () => {
    const refusals = (record: InputRecord) =>
      applied(create(1), record).flatMap((one) => (one.kind === 'refusal' ? [one.refusal.reason] : []))
    expect(refusals(row(0, 0, Number.NaN, 1))).toEqual(['NOT_FINITE'])
    expect(refusals(clock(1, {}, Number.NaN))).toEqual(['NOT_FINITE'])
    expect(refusals(row(0, 0, 1, 1, { close: null }))).toEqual(['NOT_FINITE'])
    expect(refusals(row(0, 0, 1, 1, { split_factor: 0 }))).toEqual(['BAD_SPLIT_FACTOR'])
    expect(refusals({ ...row(0, 0, 1, 1), key: 'X' })).toEqual(['KEY_MISMATCH'])
    expect(refusals({ ...row(0, 0, 1, 1), recordName: 'barline.market.Bar' })).toEqual(['UNEXPECTED_RECORD'])
    expect(refusals(row(0, 0, 1, 1, { timeframe: '5m', close: null }))).toEqual([])
  })

  test('refuses what is at a time that no calendar knows, and goes on', () => {
    const newestBefore = (ts: number) => {
      if (ts < 0) throw new CatalogError('CALENDAR_RANGE', { file: 'barriers.json' }, 'outside')
      return tens.newestBefore(ts)
    }
    const breadth = createBreadth({
      partitions: 1,
      grid: { ...tens, newestBefore },
      catalog: quick,
      instruments,
      closes,
    })
    const emissions = appliedAll(breadth, [row(0, 0, -40, 1), clock(-9), row(0, 1, 30, 31), clock(40)])
    expect(emissions.slice(0, 2)).toMatchObject(Array(2).fill({ refusal: { reason: 'PROCESSING_FAILED' } }))
    expect(records(emissions)).toHaveLength(2)
  })

  test('goes on from a restore, which passes over a row of no known barrier, as if it had not stopped', () => {
    // The grid of barriers reaches further than the closes of 1d.
    const ending = new Map([['1d' as const, (ts: number) => (ts > 60 ? undefined : everyStep(30)(ts))]])
    const make = () => createBreadth({ partitions: 1, grid: tens, catalog: quick, instruments, closes: ending })
    const taken = [row(0, 0, 30, 31), row(0, 1, 65, 66)]
    const live = make()
    const emissions = appliedAll(live, taken)
    expect(emissions.at(-1)).toMatchObject({ refusal: { reason: 'PROCESSING_FAILED' }, of: taken[1] })
    const restored = make()
    appliedAll(restored, taken.slice(0, 1))
    expect(restored.snapshot()).toEqual(live.snapshot())
    const next = clock(70, {}, 71)
    const closing = applied(live, next)
    expect(records(closing).map(({ value }) => [value.ts, value.known_at])).toEqual(Array(2).fill([30, 71]))
    expect(applied(restored, next)).toEqual(closing)
  })

  test('refuses a row of a barrier that its partition has passed, and one no newer than what waits', () => {
    const emissions = appliedAll(create(2), [
      row(0, 0, 33, 33),
      row(0, 1, 30, 34, { symbol: 'LATE' }),
      row(0, 2, 33, 35),
      row(1, 0, 30, 30),
      clock(70, { partition: 0 }),
      clock(70, { partition: 1 }),
    ])
    const reasons = emissions.flatMap((one) => (one.kind === 'refusal' ? [one.refusal.reason] : []))
    expect(reasons).toEqual(['LATE', 'TIMES_OUT_OF_ORDER'])
    expect(records(emissions).map(({ key, value }) => `${key} ${value.ts}`)).toEqual([
      '* 30',
      '* 30',
      'S1 30',
      '* 60',
      '* 60',
      'S0 60',
    ])
  })

  test('publishes the same however the partitions interleave', () => {
    fc.assert(
      fc.property(inputs, picks, picks, (partitions, one, other) => {
        const run = (order: readonly number[]) =>
          byPartition(appliedAll(create(partitions.length), interleaved(partitions, order)))
        expect(run(one)).toEqual(run(other))
      }),
    )
  })

  test('publishes the same when it selects, however the records arrive and however early it pauses', () => {
    fc.assert(
      fc.property(inputs, picks, fc.nat({ max: 3 }), (partitions, arrivals, maxBarriersAhead) => {
        const arrived = partitions.map(() => 0)
        const trickle = (round: number, input: number) => {
          arrived[input] = (arrived[input] ?? 0) + ((arrivals[(round + input) % arrivals.length] ?? 0) > 6 ? 1 : 0)
          return round > 200 ? Number.POSITIVE_INFINITY : (arrived[input] ?? 0)
        }
        const topics = partitions.map((records, partition) => ({ topic: 'indicators', partition, records }))
        const published = (emissions: readonly Emission[]) =>
          [...byPartition(emissions)].filter(([stream]) => stream.startsWith('out'))
        const whole = appliedAll(create(partitions.length), partitions.flat())
        // What a paused partition has not read for lack of the others is not refused yet either.
        const driven = drive(create(partitions.length, maxBarriersAhead), topics, trickle)
        expect(new Map(published(driven))).toEqual(new Map(published(whole)))
      }),
    )
  })

  test('closes each barrier exactly as it is defined', () => {
    fc.assert(
      fc.property(inputs, picks, (partitions, order) => {
        const published = appliedAll(create(partitions.length), interleaved(partitions, order)).flatMap((emission) =>
          emission.kind === 'marker' && emission.partition === 0 ? [emission.marker] : [],
        )
        const barriers = definedBarriers(partitions)
        expect(published.at(-1)?.ts).toBe(barriers.at(-1)?.time)
        for (const { time, knownAt } of barriers) {
          expect(published.find(({ ts }) => ts >= time)?.known_at).toBe(knownAt)
        }
      }),
    )
  })

  test('has the members that a barrier has by definition, in order of barrier and timeframe, and known as it is', () => {
    fc.assert(
      fc.property(inputs, picks, (partitions, order) => {
        const given = records(appliedAll(create(partitions.length), interleaved(partitions, order)))
        const members = given.flatMap(({ key, partition, value: { timeframe, ts, known_at: known } }) =>
          key === '*' ? [] : [`${ts} ${timeframe} ${key} on ${partition}, known ${known}`],
        )
        expect(members).toEqual(definedMembers(partitions))
      }),
    )
  })

  test('makes nothing known before a time of what became known after it', () => {
    fc.assert(
      fc.property(inputs, picks, fc.integer({ min: 0, max: 150 }), (partitions, order, time) => {
        const known = (breadth: BreadthProcessor, all: Partitions) =>
          appliedAll(breadth, interleaved(all, order)).filter((one) =>
            one.kind === 'record'
              ? Number(one.output.value.known_at) <= time
              : one.kind === 'marker' && one.marker.known_at <= time,
          )
        const changed = partitions.map((all) =>
          all.map((record) => (knownAfter(record, time) ? altered(record) : record)),
        )
        const count = partitions.length
        expect(known(create(count), changed)).toEqual(known(create(count), partitions))
      }),
    )
  })

  test('goes on after a restart at any committed position as if nothing had happened', () => {
    fc.assert(
      fc.property(inputs, picks, picks, fc.nat(), (partitions, order, other, stop) => {
        const records = interleaved(partitions, order)
        const make = () => create(partitions.length)
        const restarted = withRestart(make, records, stop % (records.length + 1), partitions.length, other)
        expect(restarted).toEqual(appliedAll(make(), records))
      }),
    )
  })

  test('goes on from a snapshot of any moment as if nothing had happened, and leaves the snapshot as it was', () => {
    fc.assert(
      fc.property(inputs, picks, fc.nat(), (partitions, order, stop) => {
        const all = interleaved(partitions, order)
        const at = stop % (all.length + 1)
        const first = create(partitions.length)
        const before = appliedAll(first, all.slice(0, at))
        const snapshot = first.snapshot()
        const second = create(partitions.length)
        second.restore(snapshot)
        const after = appliedAll(second, all.slice(at))
        expect([...before, ...after]).toEqual(appliedAll(create(partitions.length), all))
        expect(snapshot).toEqual(first.snapshot())
      }),
    )
  })

  test('does not take a snapshot of another catalog or another number of partitions', () => {
    const { snapshot, layoutHash } = create(2)
    expect(() => create(2, undefined, quick.slice(0, 1)).restore(snapshot())).toThrow(layoutHash)
    expect(() => create(3).restore(snapshot())).toThrow('2 partitions into 3')
  })
})

function knownAfter(record: InputRecord, time: number): boolean {
  return record.kind === 'data' && Number(record.value.known_at) > time
}

/** The same row with other values. */
function altered(record: InputRecord): InputRecord {
  if (record.kind === 'marker') return record
  const other = Object.entries(record.value).map(([name, value]) => [name, name.includes('__') ? 0.123 : value])
  return { ...record, value: Object.fromEntries(other) }
}

/** The members of every barrier by definition: of each partition's prefix the newest row of a symbol within the barrier's span. */
function definedMembers(partitions: Partitions): string[] {
  const lines: string[] = []
  for (const { time, knownAt, ends } of definedBarriers(partitions)) {
    for (const [timeframe, step] of [['1h', 10] as const, ['1d', 30] as const]) {
      if (time % step !== 0) continue
      const found = new Map<string, string>()
      for (const [partition, all] of partitions.entries()) {
        for (const record of all.slice(0, ends[partition])) {
          if (record.kind === 'marker' || record.key === 'SPX' || record.value.timeframe !== timeframe) continue
          const ts = Number(record.value.ts)
          if (ts <= time - step || ts > time) continue
          found.set(record.key, `${time} ${timeframe} ${record.key} on ${partition}, known ${knownAt}`)
        }
      }
      lines.push(...[...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line))
    }
  }
  return lines
}
