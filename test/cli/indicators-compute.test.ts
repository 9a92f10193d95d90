import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from '@jest/globals'
import { loadCalendars, sessionOf } from '../../catalog/calendar.ts'
import { loadCatalog } from '../../catalog/indicators.ts'
import { projectRoot } from '../../catalog/project-root.ts'
import { createBarInput } from '../../processors/indicators/bar.ts'
import { chooseRows, computableRows, inputsOf } from '../../processors/indicators/choose-rows.ts'
import { createIndicatorEngine } from '../../processors/indicators/engine.ts'
import { createSessionCursor } from '../../processors/timeframes/session-cursor.ts'
import { compute, parseComputed, scratchFolder, shippedLines, writeTable } from './indicators-files.ts'

const folder = scratchFolder()
afterAll(() => rmSync(folder, { recursive: true }))

const rows = computableRows(loadCatalog())
const engine = createIndicatorEngine(rows)
const calendar = loadCalendars().get('XNYS')

/** What the bare engine gives for daily lines of one symbol, by column; a split acts before the line of its date. */
function engineRows(lines: readonly string[], splits: Readonly<Record<string, number>> = {}): readonly Float64Array[] {
  if (calendar === undefined) throw new Error('no calendar')
  const state = engine.createState()
  const input = createBarInput(engine.sideFields.length)
  const cursor = createSessionCursor(calendar)
  return lines.map((line) => {
    const [, , label = '', open, high, low, close, volume] = line.split(',')
    const session = sessionOf(calendar, label.slice(0, 10))
    if (session === undefined) throw new Error(`no session ${label}`)
    const factor = splits[label.slice(0, 10)]
    if (factor !== undefined) engine.rescale(state, factor)
    const prices = { open: Number(open), high: Number(high), low: Number(low), close: Number(close) }
    Object.assign(input, prices, { volume: Number(volume), tsClose: session.closeMs })
    cursor.place('1d', session.openMs, session.closeMs, input.session)
    const out = new Float64Array(engine.columns.length)
    engine.step(state, input, out)
    return out
  })
}

/** The cells that the engine's row has to give: digits that read back as the same bits, nothing where there is no value. */
function expectedCells(values: Float64Array): Readonly<Record<string, string>> {
  const cells: Record<string, string> = {}
  engine.columns.forEach(({ name, component }, index) => {
    const value = values[index] ?? Number.NaN
    if (component === undefined) cells[name] = Number.isNaN(value) ? '' : String(value)
    else if (component === 0) cells[name] = Number.isNaN(value) ? '' : `[${Math.fround(value)}`
    else if (cells[name] !== '') cells[name] += `,${Math.fround(value)}`
  })
  for (const { name, component } of engine.columns) {
    if (component !== undefined && cells[name] !== '' && !cells[name]?.endsWith(']')) cells[name] += ']'
  }
  return cells
}

const without = ({ symbol: _, timeframe: __, ts_open_utc: ___, ...cells }: Readonly<Record<string, string>>) => cells

describe('barline indicators compute', () => {
  it('gives the bits of the engine for every indicator, symbol by symbol or by time, in the order of the file', async () => {
    const lines = shippedLines(['IBM', 'MSFT'], 330)
    const bySymbol = await compute({ bars: writeTable(folder, 'by-symbol.csv', lines) })
    const byTimeLines = Array.from({ length: 330 }, (_, index) => [lines[330 + index] ?? '', lines[index] ?? '']).flat()
    const byTime = await compute({ bars: writeTable(folder, 'by-time.csv', byTimeLines) })
    expect([bySymbol.code, bySymbol.stderr, byTime.code, byTime.stderr]).toEqual([0, '', 0, ''])

    const computed = parseComputed(bySymbol.stdout)
    const expected = [...engineRows(lines.slice(0, 330)), ...engineRows(lines.slice(330))].map(expectedCells)
    expect(computed.map(without)).toEqual(expected)
    expect(computed.map((row) => `${row.symbol},${row.timeframe},${row.ts_open_utc}`)).toEqual(
      lines.map((line) => line.split(',').slice(0, 3).join()),
    )
    const timed = byTime.stdout.trimEnd().split('\n').slice(1)
    expect(timed.filter((_, index) => index % 2 === 1)).toEqual(bySymbol.stdout.split('\n').slice(1, 331))
    expect(timed.filter((_, index) => index % 2 === 0)).toEqual(bySymbol.stdout.split('\n').slice(331, 661))
  })

  it('rescales at a split as the engine does', async () => {
    const lines = shippedLines(['AAPL'], 200)
    const bars = writeTable(folder, 'split.csv', lines)
    const { stdout } = await compute({ bars, events: join(projectRoot(), 'data', 'us-equity_splits.csv') })
    const readsEvents = (id: string) =>
      chooseRows(rows, [id]).some((row) => inputsOf(row).side.some((field) => field.startsWith('event.')))
    const others = rows.map(({ id }) => id).filter((id) => !readsEvents(id))
    const pick = (cells: Readonly<Record<string, string>>) =>
      Object.fromEntries(Object.entries(cells).filter(([name]) => others.includes(name.split('.')[0] ?? '')))
    const expected = engineRows(lines, { '2000-06-21': 2 }).map(expectedCells)
    const computed = parseComputed(stdout)
    expect(computed.map(pick)).toEqual(expected.map(pick))
    expect(others.length).toBeGreaterThan(160)
    // The day itself is known as such, and nothing jumps at it.
    expect(computed[78]?.['split_flag.value']).toBe('1')
    expect(Math.abs(Number(computed[78]?.['logret_1.value']))).toBeLessThan(0.15)
  })

  it('reads the closes of a benchmark', async () => {
    const lines = shippedLines(['AAPL', 'MSFT'], 70)
    const bench = lines.slice(70).map((line) => line.split(',')[6])
    const withBench = lines.slice(0, 70).map((line, index) => `${line},${bench[index]}`)
    const header = 'symbol,timeframe,ts_open_utc,open,high,low,close,volume,bench_close'
    const bars = writeTable(folder, 'bench.csv', withBench, header)
    const { stdout } = await compute({ bars, indicators: ['beta_market_60', 'market_resid_v1'] })
    const computed = parseComputed(stdout)
    expect(computed[59]?.['beta_market_60.value']).toBe('')
    expect(computed.slice(60).every((row) => row['beta_market_60.value'] !== '')).toBe(true)
    const returns = (closes: readonly number[]) => closes.slice(1).map((close, at) => close / (closes[at] ?? 0) - 1)
    const own = returns(withBench.slice(0, 61).map((line) => Number(line.split(',')[6])))
    const market = returns(bench.slice(0, 61).map(Number))
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    const product = own.map((value, at) => (value - mean(own)) * ((market[at] ?? 0) - mean(market)))
    const beta = mean(product) / mean(market.map((value) => (value - mean(market)) ** 2))
    expect(Number(computed[60]?.['beta_market_60.value'])).toBeCloseTo(beta, 10)
  })

  it('limits the columns to the indicators asked for, in catalog order', async () => {
    const bars = writeTable(folder, 'some.csv', shippedLines(['IBM'], 60))
    const { stdout } = await compute({ bars, indicators: ['vol_mtf_v1', 'stochrsi_14', 'sma_20'] })
    const header = 'symbol,timeframe,ts_open_utc,sma_20.value,stochrsi_14.k,stochrsi_14.d,vol_mtf_v1.ratio'
    expect(stdout.split('\n')[0]).toBe(header)
  })

  it('reads Parquet and names its bad rows, and compresses what goes to a .gz', async () => {
    const bars = join(projectRoot(), 'test', 'load', 'fixtures', 'bars.parquet')
    const refused = await compute({ bars })
    expect([refused.code, refused.stdout]).toEqual([2, ''])
    expect(refused.stderr).toContain('bars.parquet:2: close is empty')
    const out = join(folder, 'out.csv.gz')
    const skipped = await compute({ bars, out, skipBad: true, indicators: ['bop_1'] })
    expect([skipped.code, skipped.stdout]).toEqual([0, ''])
    expect(skipped.stderr).toContain('bars.parquet:3: open 162.5 is outside low 159.75 to high 162.25')
    expect(skipped.stderr).toContain('2 bad lines left out')
    expect(gunzipSync(readFileSync(out)).toString()).toBe(
      'symbol,timeframe,ts_open_utc,bop_1.value\nIBM,1d,2024-01-02T14:30:00.000Z,0.2\n',
    )
  })

  it('takes bars from before the calendar begins: only what depends on sessions has no value', async () => {
    const lines = Array.from(
      { length: 30 },
      (_, day) => `GE,1d,1962-03-${String(day + 1).padStart(2, '0')},10,11,9,10.5,5`,
    )
    const { code, stdout } = await compute({
      bars: writeTable(folder, 'old.csv', lines),
      indicators: ['sma_20', 'session_clock'],
    })
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('GE,1d,1962-03-30,10.5,,,,,')
  })
})

describe('a bad line', () => {
  const good = 'IBM,1d,2001-01-02,10,11,9,10,100'
  const bad: [string, string, RegExp][] = [
    ['has high below low', 'IBM,1d,2001-01-03,10,9,11,10,100', /high 9 is below low 11/],
    ['has no number', 'IBM,1d,2001-01-03,10,11,9,nan,100', /close is NaN/],
    ['has a text for a price', 'IBM,1d,2001-01-03,10,11,9,ten,100', /close "ten" is not a number/],
    ['has a price of zero', 'IBM,1d,2001-01-03,0,11,0,10,100', /open is 0/],
    ['has a negative volume', 'IBM,1d,2001-01-03,10,11,9,10,-1', /volume is -1/],
    ['opens outside of its range', 'IBM,1d,2001-01-03,12,11,9,10,100', /open 12 is outside low 9 to high 11/],
    ['has an unknown timeframe', 'IBM,2h,2001-01-03,10,11,9,10,100', /timeframe "2h" is not one of/],
    ['has no time', 'IBM,1d,yesterday,10,11,9,10,100', /ts_open_utc "yesterday" is not a UTC time/],
    ['is older than the one before', 'IBM,1d,2000-12-29,10,11,9,10,100', /a bar of IBM that closes later came before/],
    ['comes twice', good, /the same 1d bar of IBM came before/],
    ['contradicts another one', 'IBM,1d,2001-01-02,10,11,9,10,101', /another 1d bar of IBM with the same close/],
  ]

  it.each(bad)('that %s ends the command with its file and line, or is skipped', async (_, line, why) => {
    const bars = writeTable(folder, 'bad.csv', [good, line])
    const refused = await compute({ bars, indicators: ['bop_1'] })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(new RegExp(`bad\\.csv:3: .*${why.source}`))
    const skipped = await compute({ bars, indicators: ['bop_1'], skipBad: true })
    expect(skipped.code).toBe(0)
    expect(skipped.stderr).toMatch(why)
    expect(skipped.stdout.trimEnd().split('\n').slice(1)).toEqual(['IBM,1d,2001-01-02,0'])
  })

  it('leaves no file behind', async () => {
    const bars = writeTable(folder, 'bad.csv', [good, 'IBM,1d,2001-01-03,10,9,11,10,100'])
    const out = join(folder, 'never.csv')
    expect((await compute({ bars, out })).code).toBe(2)
    expect([existsSync(out), existsSync(`${out}.partial`)]).toEqual([false, false])
  })

  it('that opens outside of its range is taken with --as-is', async () => {
    const bars = writeTable(folder, 'outside.csv', ['IBM,1d,2001-01-03,12,11,9,10,100'])
    expect(await compute({ bars, asIs: true, indicators: ['bop_1'] })).toMatchObject({ code: 0, stderr: '' })
  })

  it('of the events is named with their file', async () => {
    const bars = writeTable(folder, 'bars.csv', [good])
    const events = writeTable(folder, 'events.csv', ['IBM,split,2001-01-02,'], 'symbol,event_type,date,value')
    const refused = await compute({ bars, events })
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/events\.csv:2: a split needs new shares/),
    ])
    const typo = writeTable(folder, 'typo.csv', ['IBM,splt,2001-01-02,2'], 'symbol,event_type,date,value')
    expect((await compute({ bars, events: typo })).stderr).toMatch(
      /typo\.csv:2: event_type "splt" .* did you mean split/,
    )
  })
})

describe('a question that has no answer', () => {
  const bars = writeTable(folder, 'one.csv', ['IBM,1d,2001-01-02,10,11,9,10,100'])
  it.each([
    ['an unknown indicator', { indicators: ['rsi14'] }, /no indicator "rsi14"; did you mean rsi_14/],
    ['a cross-section', { indicators: ['breadth_v1'] }, /breadth_v1 is computed over all symbols at once/],
    ['an unknown timeframe', { timeframe: '2h' }, /Timeframe "2h" is not one of/],
    ['a timeframe that the file has not', { timeframe: '1h' }, /it has no 1h bars, but bars of 1d/],
    ['an unknown calendar', { calendar: 'NYS' }, /No calendar NYS; there are .* did you mean XNYS/],
    ['a file that is not there', { bars: join(folder, 'nope.csv') }, /Cannot read .*nope\.csv: there is no such file/],
    ['a file of another kind', { bars: join(projectRoot(), 'package.json') }, /expected a name ending in/],
    [
      'a file with another separator',
      { bars: writeTable(folder, 'semicolons.csv', [], 'symbol;open') },
      /commas, not by ";"/,
    ],
    [
      'a folder that is not there',
      { out: join(folder, 'nope', 'out.csv') },
      /There is no folder .*nope to write out\.csv to/,
    ],
    ['a result in another format', { out: join(folder, 'out.parquet') }, /The result is CSV/],
    ['events that are none', { events: bars }, /it has no column event_type/],
  ])('%s', async (_, options, message) => {
    await expect(compute({ bars, ...options })).rejects.toThrow(message)
  })
})
