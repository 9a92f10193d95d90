import { describe, expect, it } from '@jest/globals'
import type { SideField } from '../../../processors/indicators/side-fields.ts'
import { foldSide, type SideBar, sideEngine } from './side-engine.ts'

const NOTHING = Number.NaN
type Known = Partial<Record<SideField, number>>
const bars = (known: readonly Known[]): SideBar[] => known.map((side) => ({ side }))

describe('event flags', () => {
  it.each([
    ['earnings_flag', 'earnings', 2, 2],
    ['dividend_flag', 'dividend_ex', 1, 1],
    ['split_flag', 'split', 1, 5],
    ['macro_release_flag', 'macro_high', 0, 0],
  ] as const)('%s stands from %s -%i sessions to +%i', (id, type, before, after) => {
    const engine = sideEngine(id)
    const flags = foldSide(
      engine,
      bars([
        {},
        { [`event.${type}.next`]: before + 1 },
        { [`event.${type}.next`]: before, [`event.${type}.last`]: 63 },
        { [`event.${type}.next`]: 0 },
        { [`event.${type}.last`]: Math.max(1, after), [`event.${type}.next`]: 60 },
        { [`event.${type}.last`]: after + 1 },
      ]),
    )
    expect(flags[`${id}.value`]).toEqual([0, 0, 1, 1, Number(after > 0), 0])
  })

  it('is none while a feed that should send daily has been silent for more than 7 days', () => {
    const known = [7, 7.01, NOTHING].map((days) => ({ 'event.feed_age_days': days, 'event.earnings.next': 1 }))
    expect(foldSide(sideEngine('earnings_flag'), bars(known))['earnings_flag.value']).toEqual([1, NOTHING, 1])
  })
})

describe('event_window_state_v1', () => {
  const [NONE, PRE, DAY, POST] = [0, 1, 2, 3]
  const [EARNINGS, MACRO, DIVIDEND, SPLIT] = [1, 2, 3, 4]
  const fold = (known: readonly Known[]) => {
    const values = foldSide(sideEngine('event_window_state_v1'), bars(known))
    const column = (name: string) => values[`event_window_state_v1.${name}`] ?? []
    const names = ['event_window_state', 'event_type', 'sessions_to_event', 'sessions_since_event']
    return known.map((_, bar) => names.map((name) => column(name)[bar]))
  }

  it('tells the window of the nearest event, and caps what is far or unknown', () => {
    expect(
      fold([
        {},
        { 'event.earnings.next': 3, 'event.split.last': 3 },
        { 'event.earnings.next': 2 },
        { 'event.earnings.next': 0, 'event.macro_high.last': 1 },
        { 'event.earnings.last': 2, 'event.earnings.next': 61 },
        { 'event.dividend_ex.last': 400, 'event.split.next': 59 },
      ]),
    ).toEqual([
      [NONE, 0, 60, 60],
      [NONE, 0, 3, 3],
      [PRE, EARNINGS, 2, 60],
      [DAY, EARNINGS, 0, 0],
      [POST, EARNINGS, 60, 2],
      [NONE, 0, 59, 60],
    ])
  })

  it('of several the day beats before beats after, then the nearest, then the order of the types', () => {
    expect(
      fold([
        { 'event.split.next': 0, 'event.earnings.next': 1, 'event.macro_high.last': 1 },
        { 'event.split.next': 2, 'event.earnings.last': 1 },
        { 'event.earnings.next': 2, 'event.dividend_ex.next': 1 },
        { 'event.macro_high.next': 1, 'event.dividend_ex.next': 1 },
        { 'event.macro_high.last': 2, 'event.dividend_ex.last': 1 },
        { 'event.dividend_ex.next': 0, 'event.macro_high.next': 0 },
      ]).map(([state, type]) => [state, type]),
    ).toEqual([
      [DAY, SPLIT],
      [PRE, SPLIT],
      [PRE, DIVIDEND],
      [PRE, MACRO],
      [POST, DIVIDEND],
      [DAY, MACRO],
    ])
  })

  it('is none, all of it, while the feed is silent', () => {
    expect(fold([{ 'event.feed_age_days': 8, 'event.earnings.next': 0 }])).toEqual([Array(4).fill(NOTHING)])
  })
})

describe('earnings_surprise_v1', () => {
  const announced = (count: number, actual: number, consensus: number, since = 0): Known => ({
    'surprise.count': count,
    'surprise.actual': actual,
    'surprise.consensus': consensus,
    'surprise.sessions_since': since,
  })
  const fold = (known: readonly Known[], rest: Partial<SideBar> = {}) =>
    foldSide(
      sideEngine('earnings_surprise_v1'),
      bars(known).map((bar) => ({ ...bar, ...rest })),
    )

  it('is measured by 1 % of the close while there are fewer than 4 earlier surprises, and halves in 20 sessions', () => {
    const values = fold([{}, announced(1, 2.5, 2), announced(1, 2.5, 2, 20), announced(1, 2.5, 2, 40)])
    expect(values['earnings_surprise_v1.sue']).toEqual([NOTHING, 0.5, 0.5, 0.5])
    expect(values['earnings_surprise_v1.decayed']).toEqual([NOTHING, 0.5, 0.25, 0.125])
    expect(values['earnings_surprise_v1.sessions_since']).toEqual([NOTHING, 0, 20, 40])
  })

  it('then by the standard deviation of the last 8 before it', () => {
    // Surprises -4, 4, -4, 4 … of mean 0: after 4 of them sd = sqrt(64/3), after 8 sqrt(128/7); the ninth forgets nothing, the tenth the first.
    const signs = Array.from({ length: 9 }, (_, index) => (index % 2 === 0 ? -4 : 4))
    const values = fold(signs.map((surprise, index) => announced(index + 1, 10 + surprise, 10)))
    const sue = values['earnings_surprise_v1.sue'] ?? []
    expect(sue.slice(0, 4)).toEqual([-4, 4, -4, 4])
    expect(sue[4]).toBeCloseTo(-4 / Math.sqrt(64 / 3), 12)
    expect(sue[8]).toBeCloseTo(-4 / Math.sqrt(128 / 7), 12)
  })

  it('lies within -5 and 5, takes the close of the first bar, and does not move with it', () => {
    const engine = sideEngine('earnings_surprise_v1')
    const closes = [100, 50, 200]
    const values = foldSide(
      engine,
      closes.map((close) => ({ open: close, high: close, low: close, close, side: announced(1, 3, 2) })),
    )
    expect(values['earnings_surprise_v1.sue']).toEqual([1, 1, 1])
    expect(fold([announced(1, 90, 2)])['earnings_surprise_v1.sue']).toEqual([5])
  })

  it('without a consensus has no value until the next announcement', () => {
    const values = fold([announced(1, 3, 2), announced(2, 3, NOTHING), announced(2, 3, NOTHING, 1), announced(3, 1, 2)])
    expect(values['earnings_surprise_v1.sue']).toEqual([1, NOTHING, NOTHING, -1])
    expect(values['earnings_surprise_v1.sessions_since']).toEqual([0, 0, 1, 0])
  })
})
