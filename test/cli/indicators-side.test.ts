import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from '@jest/globals'
import { compute, parseComputed, scratchFolder, writeTable } from './indicators-files.ts'

const folder = scratchFolder()
afterAll(() => rmSync(folder, { recursive: true }))

const bars = writeTable(
  folder,
  'bars.csv',
  ['02', '03', '04', '05'].map((day) => `IBM,1d,2001-01-${day},10,11,9,10,100`),
)

const figures = (lines: readonly string[], header = 'symbol,item,period_end,value,known_at_utc') =>
  writeTable(folder, 'figures.csv', lines, header)
const quotes = writeTable(
  folder,
  'quotes.csv',
  ['IBM,2001-01-03T20:59:00Z,9.99,10.01,3,1', 'IBM,2001-01-03T20:59:00Z,9.99,10.01,3,1'],
  'symbol,ts_utc,bid,ask,bid_size,ask_size',
)
const positions = writeTable(
  folder,
  'positions.csv',
  ['IBM,main,2001-01-03,-5,10,100', 'GE,main,2001-01-03,3,20,100'],
  'symbol,portfolio,date,quantity,price,equity',
)

const columnOf = (text: string, name: string) => parseComputed(text).map((row) => Number(row[name] || Number.NaN))

describe('files of side inputs', () => {
  it('give values from the first bar that closes when they are known, those of the whole market to every symbol', async () => {
    const side = [figures(['IBM,eps_ttm,2000-09-30,2,2001-01-03T12:00:00Z']), quotes, positions]
    const indicators = ['pe_ttm', 'spread_bp', 'gross_exposure']
    const { code, stdout, stderr } = await compute({ bars, side, indicators })
    expect([code, stderr]).toEqual([0, ''])
    expect(columnOf(stdout, 'pe_ttm.value')).toEqual([Number.NaN, 5, 5, 5])
    const [before, spread] = columnOf(stdout, 'spread_bp.value')
    expect(before).toBeNaN()
    expect(spread).toBeCloseTo(20, 9)
    const [none, exposure] = columnOf(stdout, 'gross_exposure.value')
    expect(none).toBeNaN()
    expect(exposure).toBeCloseTo(1.1, 9)
  })

  it('hold figures without a date of publication only if a delay is declared', async () => {
    const side = [figures(['IBM,eps_ttm,2000-12-31,2'], 'symbol,item,period_end,value')]
    await expect(compute({ bars, side, indicators: ['pe_ttm'] })).rejects.toThrow(/--published-after/)
    const { stdout } = await compute({ bars, side, indicators: ['pe_ttm'], publishedAfter: '4d' })
    expect(columnOf(stdout, 'pe_ttm.value')).toEqual([Number.NaN, Number.NaN, 5, 5])
  })

  it('name the lines that cannot be used, those that ingest would refuse among them', async () => {
    const known = '2001-01-03T12:00:00Z'
    const lines = [`IBM,eps_ttm,2000-09-30,two,${known}`, `IBM,eps_ttm,2000-09-30,2,2000-09-01T12:00:00Z`]
    const side = [figures(lines)]
    expect((await compute({ bars, side })).stderr).toMatch(/figures\.csv:2: value "two" is not a number/)
    const skipped = await compute({ bars, side, skipBad: true, indicators: ['pe_ttm'] })
    expect(skipped.stderr).toMatch(/figures\.csv:3: /)
    expect(skipped.stderr).toMatch(/2 bad lines left out/)
  })

  it('are of another kind than bars and events', async () => {
    await expect(compute({ bars, side: [bars] })).rejects.toThrow(/holds bars: give them with --bars/)
    const events = writeTable(folder, 'events.csv', ['IBM,split,2001-01-03,2'], 'symbol,event_type,date,value')
    await expect(compute({ bars, side: [events] })).rejects.toThrow(/holds events: give them with --events/)
  })
})
