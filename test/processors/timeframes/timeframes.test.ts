import { describe, expect, test } from '@jest/globals'
import { rescaleTimeframeSlots } from '../../../processors/timeframes/timeframes.ts'
import { aggregation, DAY, ends, HOUR, intraday, MINUTE } from './bars.ts'

const hours = (from: string, count: number) =>
  Array.from({ length: count }, (_, hour) => intraday('1h', Date.parse(from) + hour * HOUR))

describe('a bucket', () => {
  test('has the first open, the highest high, the lowest low, the last close and the sum of the volumes', () => {
    const { bars } = aggregation('CRYPTO')
    const minutes = [
      { open: 5, high: 7, low: 4, close: 6, volume: 0.1 },
      { open: 6, high: 9, low: 6, close: 8, volume: 0.2 },
      { open: 8, high: 8, low: 3, close: 4, volume: 0.3 },
      { open: 4, high: 5, low: 4, close: 5, volume: 0.4 },
      { open: 5, high: 6, low: 5, close: 6, volume: 0.5 },
    ]
    const start = Date.parse('2024-01-01T00:00Z')
    const closed = bars(minutes.map((cells, minute) => intraday('1m', start + minute * MINUTE, cells)))
    expect(closed.filter(({ timeframe }) => timeframe === '5m')).toEqual([
      {
        timeframe: '5m',
        ts_open: start,
        ts: start + 5 * MINUTE,
        open: 5,
        high: 9,
        low: 3,
        close: 6,
        volume: 0.1 + 0.2 + 0.3 + 0.4 + 0.5,
      },
    ])
  })

  test('is closed by the bar that ends with it, and so are all longer ones', () => {
    const { bars } = aggregation('CRYPTO')
    const week = bars(hours('2024-01-01T00:00Z', 7 * 24))
    expect(week.filter(({ timeframe }) => timeframe === '1d')).toHaveLength(7)
    expect(ends(week.slice(-3))).toEqual(['1h 2024-01-08T00:00Z', '1d 2024-01-08T00:00Z', '1w 2024-01-08T00:00Z'])
  })

  test('ends with a session that ends early, and the week with its last session', () => {
    // 2024-11-28 is Thanksgiving; on the 29th New York closes at 13:00.
    const { bars } = aggregation('XNYS')
    const days = ['25', '26', '27'].flatMap((day) =>
      hours(`2024-11-${day}T14:30Z`, 7).map(cutAt(`2024-11-${day}T21:00Z`)),
    )
    const friday = hours('2024-11-29T14:30Z', 4).map(cutAt('2024-11-29T18:00Z'))
    const closed = bars([...days, ...friday])
    expect(ends(closed.filter(({ timeframe }) => timeframe !== '1h'))).toEqual([
      '1d 2024-11-25T21:00Z',
      '1d 2024-11-26T21:00Z',
      '1d 2024-11-27T21:00Z',
      '1d 2024-11-29T18:00Z',
      '1w 2024-11-29T18:00Z',
    ])
  })

  test('follows the clocks of its market', () => {
    const { bars } = aggregation('XNYS')
    const friday = hours('2024-03-08T14:30Z', 7).map(cutAt('2024-03-08T21:00Z'))
    const monday = hours('2024-03-11T13:30Z', 7).map(cutAt('2024-03-11T20:00Z'))
    const days = bars([...friday, ...monday]).filter(({ timeframe }) => timeframe === '1d')
    expect(ends(days)).toEqual(['1d 2024-03-08T21:00Z', '1d 2024-03-11T20:00Z'])
  })

  test('of the FX week begins on Sunday evening in New York', () => {
    const { bars } = aggregation('FX')
    const closed = bars(hours('2024-01-07T22:00Z', 5 * 24))
    expect(ends(closed.filter(({ timeframe }) => timeframe !== '1h'))).toEqual([
      '1d 2024-01-08T22:00Z',
      '1d 2024-01-09T22:00Z',
      '1d 2024-01-10T22:00Z',
      '1d 2024-01-11T22:00Z',
      '1d 2024-01-12T22:00Z',
      '1w 2024-01-12T22:00Z',
    ])
  })

  test('leaves out what reaches no session, and takes what opens before one and ends within it', () => {
    const { bars } = aggregation('XNYS')
    const early = intraday('1h', '2024-07-02T12:00Z', { high: 99 })
    const across = intraday('1h', '2024-07-02T13:00Z', { high: 20 })
    const rest = hours('2024-07-02T14:00Z', 6)
    const late = intraday('1h', '2024-07-02T20:00Z', { high: 99 })
    const [day, ...more] = bars([early, across, ...rest, late]).filter(({ timeframe }) => timeframe === '1d')
    expect(day).toMatchObject({ ts_open: Date.parse('2024-07-02T13:30Z'), high: 20, volume: 700 })
    expect(more).toEqual([])
  })
})

describe('a bucket whose last bar is missing', () => {
  const untilNine = () => {
    const symbol = aggregation('CRYPTO')
    const quarters = Array.from({ length: 39 }, (_, at) =>
      intraday('15m', Date.parse('2024-01-01T00:00Z') + at * 15 * MINUTE),
    )
    expect(ends(symbol.bars(quarters).slice(-2))).toEqual(['15m 2024-01-01T09:30Z', '15m 2024-01-01T09:45Z'])
    return symbol
  }

  test('is closed by the next bar, before that bar', () => {
    expect(ends(untilNine().bar(intraday('15m', '2024-01-01T10:00Z')))).toEqual([
      '1h 2024-01-01T10:00Z',
      '15m 2024-01-01T10:15Z',
    ])
  })

  test('is closed by a marker later than its close and the grace, and by no earlier one', () => {
    const { marker } = untilNine()
    expect(marker(Date.parse('2024-01-01T10:01Z'))).toEqual([])
    expect(ends(marker(Date.parse('2024-01-01T10:01Z') + 1))).toEqual(['1h 2024-01-01T10:00Z'])
    expect(marker(Date.parse('2024-01-01T10:02Z'))).toEqual([])
  })

  test('is closed with all longer ones that are over', () => {
    const { marker } = untilNine()
    const closed = marker(Date.parse('2024-01-09T00:00Z'))
    expect(ends(closed)).toEqual(['1h 2024-01-01T10:00Z', '1d 2024-01-02T00:00Z', '1w 2024-01-08T00:00Z'])
    expect(closed.map(({ volume }) => volume)).toEqual([300, 3900, 3900])
  })

  test('is closed by a bar days later, each longer one before that bar too', () => {
    const closed = untilNine().bar(intraday('15m', '2024-01-08T00:00Z'))
    expect(ends(closed)).toEqual([
      '1h 2024-01-01T10:00Z',
      '1d 2024-01-02T00:00Z',
      '1w 2024-01-08T00:00Z',
      '15m 2024-01-08T00:15Z',
    ])
  })

  test('leaves no trace when all its bars are missing', () => {
    const { bars } = aggregation('CRYPTO')
    const closed = bars([...hours('2024-01-01T00:00Z', 24), ...hours('2024-01-04T05:00Z', 19)])
    expect(ends(closed.filter(({ timeframe }) => timeframe === '1d'))).toEqual([
      '1d 2024-01-02T00:00Z',
      '1d 2024-01-05T00:00Z',
    ])
  })
})

describe('the first bucket of a symbol', () => {
  test('is dropped when the stream begins within it, on each timeframe by itself', () => {
    const { bars } = aggregation('CRYPTO')
    const closed = bars(hours('2024-01-03T09:00Z', 15 + 24 * 11))
    expect(ends(closed.filter(({ timeframe }) => timeframe !== '1h'))).toEqual([
      ...Array.from({ length: 4 }, (_, day) => `1d 2024-01-0${day + 5}T00:00Z`),
      '1d 2024-01-09T00:00Z',
      ...Array.from({ length: 6 }, (_, day) => `1d 2024-01-${day + 10}T00:00Z`),
      '1w 2024-01-15T00:00Z',
    ])
  })

  test('is used when the stream begins with it', () => {
    const closed = aggregation('CRYPTO').bars(hours('2024-01-03T00:00Z', 24))
    expect(ends(closed.slice(-1))).toEqual(['1d 2024-01-04T00:00Z'])
  })

  test('is the only one that a missing first bar drops', () => {
    const { bars } = aggregation('XNYS')
    const sessions = ['02', '03', '05'].flatMap((day) => {
      const close = day === '03' ? '17:00' : '20:00'
      return hours(`2024-07-${day}T14:30Z`, day === '03' ? 3 : 6).map(cutAt(`2024-07-${day}T${close}Z`))
    })
    const days = bars(sessions).filter(({ timeframe }) => timeframe === '1d')
    expect(ends(days)).toEqual(['1d 2024-07-03T17:00Z', '1d 2024-07-05T20:00Z'])
  })
})

describe('a ready-made bar', () => {
  const day = (label: string, volume: number) => {
    const tsOpen = Date.parse(`${label}T00:00Z`)
    return { ...intraday('1h', tsOpen, { volume }), timeframe: '1d', ts: tsOpen + DAY } as const
  }

  test('is used as it is, also for longer timeframes', () => {
    const { bars } = aggregation('CRYPTO')
    const week = ['01', '02', '03', '04', '05', '06', '07'].map((label) => day(`2024-01-${label}`, 7))
    const closed = bars(week)
    expect(closed.filter(({ timeframe }) => timeframe === '1d')).toEqual(week)
    expect(closed.at(-1)).toMatchObject({ timeframe: '1w', volume: 49 })
  })

  test('of a bucket that was closed already is a repeat if equal, else a revision, and older ones are late', () => {
    const { bars, bar } = aggregation('CRYPTO')
    bars(hours('2024-01-01T00:00Z', 24))
    expect(bar(day('2024-01-01', 2400))).toBe('repeat')
    expect(bar(day('2024-01-01', 2401))).toBe('revision')
    expect(bar(day('2023-12-31', 1))).toBe('late')
  })

  test('makes the buckets after it wait for more of them', () => {
    const { bars } = aggregation('CRYPTO')
    const closed = bars([
      day('2024-01-01', 7),
      ...hours('2024-01-02T00:00Z', 24),
      day('2024-01-02', 8),
      ...hours('2024-01-03T00:00Z', 24),
      day('2024-01-03', 9),
    ])
    const days = closed.filter(({ timeframe }) => timeframe === '1d')
    expect(days.map(({ volume }) => volume)).toEqual([7, 8, 9])
  })

  test('takes the place of the open bucket it overlaps, and the rest of that bucket is not used', () => {
    const { bars } = aggregation('CRYPTO')
    const noon = { ...day('2024-01-02', 8), ts: Date.parse('2024-01-02T12:00Z') }
    const closed = bars([
      ...hours('2024-01-01T00:00Z', 24),
      ...hours('2024-01-02T00:00Z', 12),
      noon,
      ...hours('2024-01-02T12:00Z', 12),
      ...hours('2024-01-03T00:00Z', 25),
    ])
    expect(ends(closed.filter(({ timeframe }) => timeframe === '1d'))).toEqual([
      '1d 2024-01-02T00:00Z',
      '1d 2024-01-02T12:00Z',
      '1d 2024-01-04T00:00Z',
    ])
  })

  test('leaves a bucket alone that begins where it ends', () => {
    const { bars } = aggregation('CRYPTO')
    const minutes = (from: string, count: number) =>
      Array.from({ length: count }, (_, index) =>
        intraday('1m', Date.parse(from) + index * MINUTE, { open: 20 + index, high: 90, low: 5, close: 30, volume: 1 }),
      )
    const closed = bars([
      ...minutes('2024-01-02T09:00Z', 60),
      // Of the hour from ten no minute comes, and its own bar only behind the first minutes of the next hour.
      ...minutes('2024-01-02T11:00Z', 15),
      intraday('1h', '2024-01-02T10:00Z', { volume: 7 }),
      ...minutes('2024-01-02T11:15Z', 46),
    ])
    const ofHours = closed.filter(({ timeframe }) => timeframe === '1h')
    expect(ofHours.map(({ ts_open, open, volume }) => [new Date(ts_open).toISOString(), open, volume])).toEqual([
      ['2024-01-02T09:00:00.000Z', 20, 60],
      ['2024-01-02T10:00:00.000Z', 10, 7],
      ['2024-01-02T11:00:00.000Z', 20, 60],
    ])
  })

  test('is replaced by its bucket when none comes, and then buckets close at once again', () => {
    const { bars, marker } = aggregation('CRYPTO')
    const history = ['01', '02', '03'].map((label) => day(`2024-01-${label}`, 7))
    expect(ends(bars([...history, ...hours('2024-01-04T00:00Z', 24)]).slice(-1))).toEqual(['1h 2024-01-05T00:00Z'])
    expect(ends(marker(Date.parse('2024-01-05T00:02Z')))).toEqual(['1d 2024-01-05T00:00Z'])
    expect(ends(bars(hours('2024-01-05T00:00Z', 24)).slice(-1))).toEqual(['1d 2024-01-06T00:00Z'])
    const week = bars([...hours('2024-01-06T00:00Z', 48)]).at(-1)
    expect(week).toMatchObject({ timeframe: '1w', volume: 3 * 7 + 4 * 2400 })
  })
})

test('a split in the middle of a bucket brings what it holds into the new units', () => {
  const { bars, slots } = aggregation('CRYPTO')
  bars(hours('2024-01-01T00:00Z', 12))
  rescaleTimeframeSlots(slots, 4)
  const cells = { open: 2.75, high: 2.875, low: 2.5, close: 2.625, volume: 400 }
  const day = bars(hours('2024-01-01T12:00Z', 12).map((bar) => ({ ...bar, ...cells }))).at(-1)
  expect(day).toMatchObject({ timeframe: '1d', open: 2.5, high: 3, low: 2.25, close: 2.625, volume: 9600 })
})

function cutAt(close: string) {
  const closeMs = Date.parse(close)
  return <Bar extends { readonly ts: number }>(bar: Bar): Bar => ({ ...bar, ts: Math.min(bar.ts, closeMs) })
}
