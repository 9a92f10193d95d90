import fc from 'fast-check'
import type { BarrierGrid } from '../../../processors/fan-in/barriers.ts'
import type { InputRecord, Processor } from '../../../processors/processor.ts'
import { applied, type Emission } from '../ingest/driver.ts'

/** Barrier times at the multiples of ten from 10 on. */
export const tens: BarrierGrid = {
  graceMs: 2,
  newestBefore: (ts) => {
    const newest = Math.ceil(ts / 10) * 10 - 10
    return newest >= 10 ? newest : undefined
  },
}

/** The records of each input partition, in order. */
export type Partitions = readonly (readonly InputRecord[])[]

/**
 * Input partitions built from steps forward (and now and then back) in time. `record` makes the record of a step; `known_at` is
 * `ts` plus a delay, so that it falls at times.
 */
export function partitionsOf(
  record: (partition: number, offset: number, ts: number, knownAt: number, choice: number) => InputRecord,
): fc.Arbitrary<Partitions> {
  const step = fc.record({
    by: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 6 }) }, fc.constantFrom(-9, 11, 35)),
    delay: fc.constantFrom(0, 0, 1, 20),
    choice: fc.nat({ max: 99 }),
  })
  return fc.array(fc.array(step, { maxLength: 25 }), { minLength: 1, maxLength: 4 }).map((all) =>
    all.map((steps, partition) => {
      let ts = 5
      return steps.map(({ by, delay, choice }, offset) => {
        ts = Math.max(1, ts + by)
        return record(partition, offset, ts, ts + delay, choice)
      })
    }),
  )
}

/** Some order in which all records of all partitions could arrive. */
export function interleaved(partitions: Partitions, picks: readonly number[]): InputRecord[] {
  const rest = partitions.map((records) => [...records])
  const order: InputRecord[] = []
  for (let turn = 0; rest.some((records) => records.length > 0); turn += 1) {
    const open = rest.filter((records) => records.length > 0)
    const next = open[(picks[turn % picks.length] ?? 0) % open.length]?.shift()
    if (next) order.push(next)
  }
  return order
}

/** Picks for {@link interleaved}. */
export const picks = fc.array(fc.nat({ max: 11 }), { minLength: 1, maxLength: 40 })

/** What went to each output partition, and what was refused or dropped per input partition, each in order. */
export function byPartition(emissions: readonly Emission[]): ReadonlyMap<string, readonly Emission[]> {
  const streams = new Map<string, Emission[]>()
  for (const emission of emissions) {
    const stream =
      emission.kind === 'record'
        ? `out ${emission.output.partition}`
        : emission.kind === 'marker'
          ? `out ${emission.partition}`
          : `in ${emission.of.partition}`
    streams.set(stream, [...(streams.get(stream) ?? []), emission])
  }
  return streams
}

/** Stops a processor after `stopAfter` records, restores another silently from the same prefixes in another order, goes on. */
export function withRestart(
  create: () => Processor,
  order: readonly InputRecord[],
  stopAfter: number,
  partitions: number,
  otherPicks: readonly number[],
): Emission[] {
  const first = create()
  const done = order.slice(0, stopAfter)
  const before = done.flatMap((record) => applied(first, record))
  const second = create()
  const prefixes = Array.from({ length: partitions }, (_, p) => done.filter(({ partition }) => partition === p))
  for (const record of interleaved(prefixes, otherPicks)) applied(second, record)
  return [...before, ...order.slice(stopAfter).flatMap((record) => applied(second, record))]
}

/** The closing of one barrier as its definition says, without a thought to cost. */
export type DefinedBarrier = { readonly time: number; readonly knownAt: number; readonly ends: readonly number[] }

/**
 * The barriers of {@link tens} that close over whole partitions: T closes when each has a record with ts > T + grace; its set is
 * each partition's prefix before that record (`ends`), its known_at the maximum up to and with it.
 */
export function definedBarriers(partitions: Partitions): readonly DefinedBarrier[] {
  const timeOf = (record: InputRecord) => (record.kind === 'marker' ? record.marker : record.value)
  const barriers: DefinedBarrier[] = []
  for (let time = 10; time < 1500; time += 10) {
    const ends = partitions.map((records) => records.findIndex((r) => Number(timeOf(r).ts) > time + tens.graceMs))
    if (ends.some((end) => end < 0)) break
    const known = partitions.flatMap((records, p) =>
      records.slice(0, (ends[p] ?? 0) + 1).map((record) => Number(timeOf(record).known_at)),
    )
    barriers.push({ time, knownAt: Math.max(...known), ends })
  }
  return barriers
}
