import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { createBreadth } from '../../../processors/breadth/breadth.ts'
import { applied, appliedAll, clock, data, drive } from '../ingest/driver.ts'
import { byPartition, definedBarriers, interleaved, partitionsOf, picks, tens, withRestart } from './fan-in-cases.ts'

const row = (partition: number, offset: number, ts: number, knownAt: number) =>
  data({
    topic: 'indicators',
    recordName: 'barline.indicators.IndicatorRow',
    partition,
    offset,
    value: { symbol: `S${partition}`, timeframe: '1d', ts, known_at: knownAt },
  })

const inputs = partitionsOf((partition, offset, ts, knownAt, choice) =>
  choice < 30 ? clock(ts, { topic: 'indicators', partition, offset }, knownAt) : row(partition, offset, ts, knownAt),
)

const create = (partitions: number, maxBarriersAhead?: number) =>
  createBreadth({ partitions, grid: tens, ...(maxBarriersAhead === undefined ? {} : { maxBarriersAhead }) })

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

  test('refuses a record without a usable time', () => {
    expect(applied(create(1), row(0, 0, Number.NaN, 1))).toMatchObject([{ refusal: { reason: 'NOT_FINITE' } }])
    expect(applied(create(1), clock(1, {}, Number.NaN))).toMatchObject([{ refusal: { reason: 'NOT_FINITE' } }])
  })

  test('publishes the same progress however the partitions interleave', () => {
    fc.assert(
      fc.property(inputs, picks, picks, (partitions, one, other) => {
        const run = (order: readonly number[]) =>
          byPartition(appliedAll(create(partitions.length), interleaved(partitions, order)))
        expect(run(one)).toEqual(run(other))
      }),
    )
  })

  test('publishes the same progress when it selects, however the records arrive and however early it pauses', () => {
    fc.assert(
      fc.property(inputs, picks, fc.nat({ max: 3 }), (partitions, arrivals, maxBarriersAhead) => {
        const arrived = partitions.map(() => 0)
        const trickle = (round: number, input: number) => {
          arrived[input] = (arrived[input] ?? 0) + ((arrivals[(round + input) % arrivals.length] ?? 0) > 6 ? 1 : 0)
          return round > 200 ? Number.POSITIVE_INFINITY : (arrived[input] ?? 0)
        }
        const topics = partitions.map((records, partition) => ({ topic: 'indicators', partition, records }))
        const whole = appliedAll(create(partitions.length), partitions.flat())
        expect(byPartition(drive(create(partitions.length, maxBarriersAhead), topics, trickle))).toEqual(
          byPartition(whole),
        )
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
})
