import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { DataRecord } from '../../../processors/processor.ts'
import { candles, cleanMarkets, markets } from '../indicators/candles.ts'
import { applyAll, DAY, marker, row, rowsOf, stageOf, valuesOf, viewWith } from './stage.ts'

const BARS = 120

function marketRows(market: Parameters<typeof candles>[0], symbol = 'AAPL'): DataRecord[] {
  return rowsOf(
    candles(market).map((bar, day) => ({ ...bar, ts: (day + 1) * DAY })),
    new Map([[70 * DAY, 3]]),
    symbol,
  )
}

describe('stage two', () => {
  it('gives the same bits from a restored copy of its state as without a stop', () => {
    fc.assert(
      fc.property(markets(BARS), markets(BARS), fc.integer({ min: 0, max: 2 * BARS }), (first, second, cut) => {
        const [a, b] = [marketRows(first), marketRows(second, 'MSFT')]
        const rows = [marker('indicators', 'clock', 0), ...a.flatMap((one, at) => [one, b[at] ?? one])]
        const whole = applyAll(stageOf(), rows)
        const before = stageOf()
        const head = applyAll(before, rows.slice(0, cut))
        const snapshot = structuredClone(before.snapshot())
        applyAll(before, rows.slice(cut, cut + 3))
        const after = stageOf()
        after.restore(snapshot)
        expect(isDeepStrictEqual([...head, ...applyAll(after, rows.slice(cut))], whole)).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  it('does not let a later row change an earlier one', () => {
    fc.assert(
      fc.property(markets(BARS), fc.integer({ min: 1, max: BARS }), (market, cut) => {
        const rows = marketRows(market)
        const [short, long] = [applyAll(stageOf(), rows.slice(0, cut)), applyAll(stageOf(), rows)]
        expect(isDeepStrictEqual(short, long.slice(0, cut))).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  it('keeps symbols apart', () => {
    fc.assert(
      fc.property(cleanMarkets(60), cleanMarkets(60), (first, second) => {
        const [a, b] = [marketRows(first), marketRows(second, 'MSFT')]
        const together = valuesOf(
          applyAll(
            stageOf(),
            a.flatMap((one, at) => [one, b[at] ?? one]),
          ),
        )
        expect(together.filter(({ symbol }) => symbol === 'AAPL')).toEqual(valuesOf(applyAll(stageOf(), a)))
      }),
      { numRuns: 5 },
    )
  })

  it('refuses a snapshot of another layout', () => {
    const other = stageOf(viewWith({ obv_slope_z_value: { transform_params: '{"n":21}' } }))
    expect(() => stageOf().restore(other.snapshot())).toThrow(RangeError)
    expect(() => stageOf().restore(stageOf().snapshot())).not.toThrow()
  })

  it('writes a record that is keyed, stamped and headed as its view says', () => {
    const [emitted] = applyAll(stageOf(), [row({ ts: DAY, known_at: DAY + 5 })])
    expect(emitted).toMatchObject({
      topic: 'features.core_pack_1d',
      key: 'AAPL',
      recordName: 'barline.features.CorePack1d',
      timestamp: DAY,
      headers: {
        'contract.core_value_v1': expect.stringMatching(/^[0-9a-f]{64}$/),
        'contract.core_state_v1': expect.stringMatching(/^[0-9a-f]{64}$/),
        'contract.core_event_v1': expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    })
    expect(valuesOf(emitted === undefined ? [] : [emitted])[0]).toMatchObject({
      symbol: 'AAPL',
      timeframe: '1d',
      ts: DAY,
      known_at: DAY + 5,
      fill_rate: 0,
      imputed_core_value_v1: Buffer.alloc(15),
      imputed_core_state_v1: Buffer.alloc(1),
      imputed_core_event_v1: Buffer.alloc(1),
      imputed_core_episode_v1: Buffer.alloc(0),
    })
  })

  it('never lets known_at of a symbol fall', () => {
    const rows = [
      row({ ts: DAY, known_at: 9 * DAY }),
      row({ ts: 2 * DAY, known_at: 8 * DAY }),
      row({ ts: 3 * DAY, known_at: 10 * DAY }),
    ]
    expect(valuesOf(applyAll(stageOf(), rows)).map((value) => value.known_at)).toEqual([9 * DAY, 9 * DAY, 10 * DAY])
  })
})
