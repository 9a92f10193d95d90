import { describe, expect, it } from '@jest/globals'
import { readBars, readData } from './shipped-bars.ts'

const bars = readBars('us-equity_1d.csv.gz')
const [header, ...lines] = readData('us-equity_splits.csv').toString('ascii').trimEnd().split('\n')
const splits = lines.map((line) => {
  const [symbol = '', eventType, date = '', value, detail] = line.split(',')
  return { symbol, eventType, date, value: Number(value), detail }
})

/** Every move of a stock's close by a factor beyond 1.25, as `SYMBOL date`, with close over previous close. */
const jumps = new Map(
  [...bars].flatMap(([symbol, own]) =>
    own.flatMap((bar, index): [string, number][] => {
      const before = own[index - 1]
      const move = before === undefined ? 1 : bar.close / before.close
      return Math.abs(Math.log(move)) > Math.log(1.25) ? [[`${symbol} ${bar.date}`, move]] : []
    }),
  ),
)

// AAPL fell by half on a profit warning; its adjusted close fell by as much.
const PROFIT_WARNING = 'AAPL 2000-09-29'

describe('the shipped splits', () => {
  it('are the three splits of the span', () => {
    expect(header).toBe('symbol,event_type,effective_date,value,detail')
    expect(splits).toEqual([
      { symbol: 'AAPL', eventType: 'split', date: '2000-06-21', value: 2, detail: '2:1' },
      { symbol: 'AAPL', eventType: 'split', date: '2005-02-28', value: 2, detail: '2:1' },
      { symbol: 'MSFT', eventType: 'split', date: '2003-02-18', value: 2, detail: '2:1' },
    ])
  })

  it('each explain a price jump: times the split factor, the move of the day is ordinary', () => {
    for (const { symbol, date, value } of splits) {
      const move = (jumps.get(`${symbol} ${date}`) ?? Number.NaN) * value
      expect(Math.abs(move - 1)).toBeLessThan(0.1)
    }
  })

  it('leave no jump unexplained but one real fall', () => {
    const explained = splits.map(({ symbol, date }) => `${symbol} ${date}`)
    expect([...jumps.keys()].sort()).toEqual([...explained, PROFIT_WARNING].sort())
    expect(jumps.get(PROFIT_WARNING)).toBeCloseTo(25.75 / 53.5, 10)
  })
})
