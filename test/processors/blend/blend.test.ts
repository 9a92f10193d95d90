import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type BlendOptions, createBlend } from '../../../processors/blend/blend.ts'
import type { CrossSection } from '../../../processors/blend/cross-section.ts'
import { scoreId } from '../../../processors/id.ts'
import type { InputRecord } from '../../../processors/processor.ts'
import {
  byPartition,
  definedBarriers,
  interleaved,
  partitionsOf,
  picks,
  tens,
  withRestart,
} from '../breadth/fan-in-cases.ts'
import { applied, appliedAll, clock, data, drive, type Emission } from '../ingest/driver.ts'

const raw = (partition: number, offset: number, ts: number, knownAt: number, value: Record<string, unknown> = {}) =>
  data({
    topic: 'scores.raw',
    recordName: 'barline.scores.RawScore',
    partition,
    offset,
    value: {
      score_id: `${partition}/${offset}`,
      model_id: 'champion',
      model_version: '3',
      symbol: `S${partition}`,
      timeframe: '1d',
      ts,
      known_at: knownAt,
      run_id: 'live',
      status: 'ok',
      p_up: 0.6,
      expected_return: 0.01,
      risk: 0.2,
      contracts: { core_pack: 'abc' },
      features_hash: 'f',
      ...value,
    },
  })

const marker = (partition: number, ts: number, offset = 0, knownAt = ts) =>
  clock(ts, { topic: 'scores.raw', partition, offset }, knownAt)

const inputs = partitionsOf((partition, offset, ts, knownAt, choice) => {
  if (choice < 25) return marker(partition, ts, offset, knownAt)
  const symbol = `S${partition}${choice % 3}`
  return raw(partition, offset, ts, knownAt, { symbol, model_id: choice < 35 ? 'shadow' : 'champion' })
})

const create = (partitions: number, more: Partial<BlendOptions> = {}) => {
  const blend = { blend_id: 'equity_daily', blend_version: '1', model_id: 'champion', timeframe: '1d' }
  return createBlend({ partitions, grid: tens, runId: 'live', blend, ...more })
}

const scores = (emissions: readonly Emission[]) =>
  emissions.flatMap((emission) => (emission.kind === 'record' ? [emission.output] : []))

describe('blend', () => {
  test('writes the champion score of a closed cross-section to the partition it came from', () => {
    const blend = create(2)
    expect(appliedAll(blend, [raw(1, 0, 10, 11), marker(1, 13)])).toEqual([])
    expect(applied(blend, marker(0, 20, 0, 21))).toEqual([
      {
        kind: 'record',
        output: {
          topic: 'scores',
          key: 'S1',
          recordName: 'barline.scores.Score',
          timestamp: 10,
          partition: 1,
          value: {
            score_id: scoreId('equity_daily', '1', 'S1', '1d', 10, 'live'),
            blend_id: 'equity_daily',
            blend_version: '1',
            symbol: 'S1',
            timeframe: '1d',
            ts: 10,
            known_at: 21,
            run_id: 'live',
            model_id: 'champion',
            model_version: '3',
            status: 'ok',
            p_up: 0.6,
            expected_return: 0.01,
            risk: 0.2,
            leg_score_ids: ['1/0'],
            leg_weights: [1],
            contracts: { core_pack: 'abc' },
          },
        },
      },
    ])
  })

  test('orders the rows of a cross-section by partition, then arrival', () => {
    const order = [
      raw(1, 0, 10, 10, { symbol: 'D' }),
      raw(0, 0, 10, 10, { symbol: 'B' }),
      raw(1, 1, 10, 10, { symbol: 'C' }),
      raw(0, 1, 10, 10, { symbol: 'A' }),
    ]
    const emissions = appliedAll(create(2), [...order, marker(0, 13), marker(1, 13)])
    expect(scores(emissions).map(({ key }) => key)).toEqual(['B', 'A', 'D', 'C'])
  })

  test('releases cross-sections in order of time, one off the grid with the next barrier', () => {
    const blend = create(1)
    expect(appliedAll(blend, [raw(0, 0, 20, 20), raw(0, 1, 14, 20), marker(0, 22)])).toEqual([])
    expect(scores(applied(blend, marker(0, 23))).map(({ timestamp }) => timestamp)).toEqual([14, 20])
  })

  test('passes an incomplete row on without outputs', () => {
    const row = raw(0, 0, 10, 10, { status: 'incomplete_features', p_up: 0.5 })
    const [score] = scores(appliedAll(create(1), [row, marker(0, 13)]))
    expect(score?.value).toMatchObject({ status: 'incomplete_features', p_up: null, expected_return: null, risk: null })
  })

  test('counts what is of another model, version or timeframe, and makes no score of it', () => {
    const config = { blend_id: 'b', blend_version: '1', model_id: 'champion', model_version: '3', timeframe: '1d' }
    const blend = create(1, { blend: config })
    const strangers = [{ model_id: 'shadow' }, { model_version: '4' }, { timeframe: '1h' }]
    const records = strangers.map((value, offset) => raw(0, offset, 10, 10, value))
    expect(appliedAll(blend, [...records, marker(0, 13)])).toEqual([])
    expect(blend.notInBlend).toBe(3)
  })

  test('refuses a score that comes after its partition has passed its barrier', () => {
    const late = raw(0, 1, 10, 14)
    expect(appliedAll(create(2), [marker(0, 13), late])).toMatchObject([
      { kind: 'refusal', refusal: { reason: 'LATE' } },
    ])
  })

  test('drops the repeat of a waiting score and refuses another of the same symbol and time', () => {
    const first = raw(0, 0, 10, 10)
    const emissions = appliedAll(create(1), [first, first, raw(0, 1, 10, 10)])
    expect(emissions).toMatchObject([{ kind: 'duplicate' }, { kind: 'refusal', refusal: { reason: 'REVISION' } }])
  })

  test.each([
    ['UNEXPECTED_RECORD', data({ topic: 'scores.raw', recordName: 'barline.scores.Score', value: {} })],
    ['NOT_FINITE', raw(0, 0, Number.NaN, 1)],
    ['NOT_FINITE', marker(0, 1, 0, Number.POSITIVE_INFINITY)],
  ])('refuses with %s', (reason, record) => {
    expect(applied(create(1), record)).toMatchObject([{ kind: 'refusal', refusal: { reason } }])
  })

  test('runs its stages in order on each whole cross-section', () => {
    const seen: (readonly string[])[] = []
    const mark = (name: string) => (section: CrossSection) => {
      seen.push([name, ...section.rows.map(({ symbol }) => symbol)])
      return { ...section, rows: section.rows.map((row) => ({ ...row, risk: (row.risk ?? 0) * 2 })) }
    }
    const blend = create(2, { stages: [mark('clip'), mark('neutralise')] })
    const [score] = scores(appliedAll(blend, [raw(0, 0, 10, 10), raw(1, 0, 10, 10), marker(0, 13), marker(1, 13)]))
    expect(score?.value.risk).toBe(0.8)
    expect(seen).toEqual([
      ['clip', 'S0', 'S1'],
      ['neutralise', 'S0', 'S1'],
    ])
  })
})

describe('over any inputs blend', () => {
  test('goes on from a snapshot of any moment as if nothing had happened, and leaves the snapshot as it was', () => {
    fc.assert(
      fc.property(inputs, picks, fc.nat(), (partitions, order, stop) => {
        const all = interleaved(partitions, order)
        const at = stop % (all.length + 1)
        const first = create(partitions.length)
        const before = appliedAll(first, all.slice(0, at))
        const snapshot = first.snapshot()
        const copy = structuredClone(snapshot)
        const second = create(partitions.length)
        second.restore(snapshot)
        const after = appliedAll(second, all.slice(at))
        const whole = create(partitions.length)
        expect([...before, ...after]).toEqual(appliedAll(whole, all))
        expect(second.notInBlend).toBe(whole.notInBlend)
        expect(snapshot).toEqual(copy)
      }),
    )
  })

  test('does not take a snapshot of another blend or another number of partitions', () => {
    const { snapshot } = create(2)
    expect(() => create(2).restore({ ...snapshot(), layoutHash: 'other' })).toThrow('layout other')
    expect(() => create(3).restore(snapshot())).toThrow('2 partitions into 3')
  })

  test('writes the same scores and refusals however the partitions interleave', () => {
    fc.assert(
      fc.property(inputs, picks, picks, (partitions, one, other) => {
        const run = (order: readonly number[]) =>
          byPartition(appliedAll(create(partitions.length), interleaved(partitions, order)))
        expect(run(one)).toEqual(run(other))
      }),
    )
  })

  test('writes the same scores when it selects, however early it pauses', () => {
    fc.assert(
      fc.property(inputs, fc.nat({ max: 3 }), (partitions, maxBarriersAhead) => {
        const topics = partitions.map((records, partition) => ({ topic: 'scores.raw', partition, records }))
        const selected = scores(drive(create(partitions.length, { maxBarriersAhead }), topics))
        expect(selected).toEqual(scores(appliedAll(create(partitions.length), partitions.flat())))
      }),
    )
  })

  test('scores exactly the members of each barrier, known when the barrier is', () => {
    fc.assert(
      fc.property(inputs, picks, (partitions, order) => {
        const written = scores(appliedAll(create(partitions.length), interleaved(partitions, order)))
        const expected = definedBarriers(partitions).flatMap((barrier) =>
          membersOf(partitions, barrier.time, barrier.ends).map((id) => `${id} known ${barrier.knownAt}`),
        )
        const got = written.map(({ value }) => `${value.leg_score_ids} known ${value.known_at}`)
        expect([...got].sort()).toEqual([...expected].sort())
        expect(written.map(({ timestamp }) => timestamp)).toEqual(written.map((s) => s.timestamp).sort((a, b) => a - b))
      }),
    )
  })

  test('loses no score: each is blended, refused, a duplicate, of another model or still waiting', () => {
    fc.assert(
      fc.property(inputs, picks, (partitions, order) => {
        const blend = create(partitions.length)
        const end = partitions.map((_, partition) => marker(partition, 10_000))
        const emissions = appliedAll(blend, [...interleaved(partitions, order), ...end])
        const all = partitions.flat().filter(({ kind }) => kind === 'data')
        expect(emissions.length + blend.notInBlend).toBe(all.length)
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

/** Ids of the scores whose first barrier at or after `ts` is `time`, within the prefixes: the first of each symbol and ts. */
function membersOf(partitions: readonly (readonly InputRecord[])[], time: number, ends: readonly number[]): string[] {
  return partitions.flatMap((records, partition) => {
    const first = new Map<string, string>()
    for (const record of records.slice(0, ends[partition])) {
      if (record.kind !== 'data' || record.value.model_id !== 'champion') continue
      const ts = Number(record.value.ts)
      const key = `${record.key} ${ts}`
      if (ts > time - 10 && ts <= time && !first.has(key)) first.set(key, String(record.value.score_id))
    }
    return [...first.values()]
  })
}
