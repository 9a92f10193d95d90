import { describe, expect, it } from '@jest/globals'
import type { SessionPlace } from '../../../processors/indicators/bar.ts'
import { foldSide, type SideBar, sideEngine } from './side-engine.ts'

const NOTHING = Number.NaN
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Six and a half hours from 14:30 UTC, Wednesday 2024-02-14. */
const openMs = Date.parse('2024-02-14T14:30Z')
const session: SessionPlace = { ordinal: 7, bar: 0, openMs, closeMs: openMs + 6.5 * HOUR, dayOfWeek: 2 }

function closing(minutes: number): SideBar {
  return { tsClose: openMs + minutes * MINUTE, session: { ...session, bar: minutes / 5 - 1 } }
}

describe('session_clock', () => {
  const clock = (bars: readonly SideBar[]) => foldSide(sideEngine('session_clock'), bars)

  it('tells the part of the session that is over, on a circle too, the place and the day', () => {
    const values = clock([closing(5), closing(97.5), closing(195), closing(390)])
    expect(values['session_clock.frac']).toEqual([5 / 390, 0.25, 0.5, 1])
    expect(values['session_clock.sin']?.[1]).toBe(1)
    expect(values['session_clock.cos']?.[2]).toBe(-1)
    expect(values['session_clock.bar_of_session']).toEqual([0, 18.5, 38, 77])
    expect(values['session_clock.dow']).toEqual([2, 2, 2, 2])
  })

  it('has nothing without a calendar, and stays in its range for a bar stamped outside', () => {
    const values = clock([{ tsClose: openMs }, closing(-10), closing(400)])
    expect(values['session_clock.frac']).toEqual([NOTHING, 0, 1])
    expect(values['session_clock.dow']).toEqual([NOTHING, 2, 2])
  })
})

describe('session_state_v1', () => {
  it('opens for 30 minutes, closes in the last 30, and is midday between 40 and 70 per cent', () => {
    const [OPEN, CORE, MIDDAY, CLOSE] = [0, 1, 2, 3]
    // 40 and 70 per cent of 390 minutes: 156 and 273.
    const minutes = [5, 29, 30, 155, 156, 272, 273, 359, 360, 390]
    const bars = [...minutes.map(closing), {}]
    expect(foldSide(sideEngine('session_state_v1'), bars)['session_state_v1.state']).toEqual([
      ...[OPEN, OPEN, CORE, CORE, MIDDAY, MIDDAY, CORE, CORE, CLOSE, CLOSE],
      NOTHING,
    ])
  })
})

describe('values since the session began', () => {
  const bars: SideBar[] = [
    { high: 12, low: 9, close: 12, volume: 0, session: { ordinal: 1, bar: 0 } },
    { high: 12, low: 9, close: 9, volume: 100, session: { ordinal: 1, bar: 1 } },
    { high: 16, low: 14, close: 15, volume: 300, session: { ordinal: 1, bar: 3 } },
    { high: 20, low: 19, close: 18, volume: 50, session: { ordinal: 2, bar: 0 } },
    { high: 20, low: 19, close: 18, volume: 50 },
    { high: 30, low: 30, close: 30, volume: 10, session: { ordinal: 2, bar: 2 } },
  ]

  it('vwap_intraday weighs typical prices by volume, from the first trade; without a calendar it has none', () => {
    // (12+9+9)/3 = 10; (10*100 + 15*300)/400 = 13.75; a new session: 19; the bar without a calendar has cut it: 30.
    expect(foldSide(sideEngine('vwap_intraday'), bars)['vwap_intraday.value']).toEqual([
      ...[NOTHING, 10, 13.75, 19],
      ...[NOTHING, 30],
    ])
  })

  it('dd_intraday measures from the highest high of the session', () => {
    expect(foldSide(sideEngine('dd_intraday'), bars)['dd_intraday.value']).toEqual([
      ...[0, 9 / 12 - 1, 15 / 16 - 1, 18 / 20 - 1],
      ...[NOTHING, 0],
    ])
  })

  it('vwap_dev is none while nothing has been traded and where the range is 0', () => {
    const flat = { open: 5, high: 5, low: 5, close: 5 }
    const still = Array.from({ length: 20 }, (): SideBar => ({ ...flat, session: { ordinal: 1 } }))
    const silent = Array.from({ length: 20 }, (): SideBar => ({ volume: 0, session: { ordinal: 1 } }))
    const last = (bars: readonly SideBar[]) => foldSide(sideEngine('vwap_dev'), bars)['vwap_dev.value']?.at(-1)
    expect(last(still)).toBeNaN()
    expect(last(silent)).toBeNaN()
    expect(last([...still.slice(0, 10), ...bars, ...bars])).not.toBeNaN()
  })
})

describe('rvol_tod_20', () => {
  const engine = sideEngine('rvol_tod_20')
  /** Sessions of three places; the middle one is missing in every fourth session. */
  const bars = Array.from({ length: 40 }, (_, ordinal) =>
    [0, 1, 2].flatMap((bar): SideBar[] => {
      if (bar === 1 && ordinal % 4 === 0) return []
      return [{ timeframe: '1h', volume: 100 * (bar + 1) + ordinal * 1.1, session: { ordinal, bar } }]
    }),
  ).flat()

  it('compares with the same place of the 20 sessions before that have it', () => {
    const values = foldSide(engine, bars)['rvol_tod_20.value'] ?? []
    bars.forEach(({ session, volume = 0 }, index) => {
      const earlier = bars.slice(0, index).filter((other) => other.session?.bar === session?.bar)
      const mean = earlier.slice(-20).reduce((sum, bar) => sum + (bar.volume ?? 0), 0) / 20
      if (earlier.length < 20) expect(values[index]).toBeNaN()
      else expect(values[index]).toBe(volume / mean)
    })
    expect(values.filter(Number.isFinite)).toHaveLength(20 + 10 + 20)
  })

  it('has the same bits whatever session the stream started at', () => {
    const all = foldSide(engine, bars)['rvol_tod_20.value'] ?? []
    for (const start of [1, 2, 13, 27]) {
      const late = foldSide(engine, bars.slice(start))['rvol_tod_20.value'] ?? []
      const common = late.flatMap((value, index) => (Number.isNaN(value) ? [] : [index]))
      expect(common.length).toBeGreaterThan(10)
      expect(common.map((index) => late[index])).toEqual(common.map((index) => all[index + start]))
    }
  })

  it('is none for a mean of 0, without a calendar and beyond 24 hours of 5 minutes', () => {
    const silent = Array.from({ length: 25 }, (_, ordinal): SideBar => ({ volume: 0, session: { ordinal, bar: 3 } }))
    const odd: SideBar[] = [{}, { session: { ordinal: 30, bar: 288 } }, { session: { ordinal: 30, bar: 3 } }]
    const values = foldSide(engine, [...silent, ...odd])['rvol_tod_20.value']
    expect(values).toEqual(Array(28).fill(NOTHING))
  })
})
