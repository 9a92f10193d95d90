import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { CatalogError } from '../../catalog/catalog-error.ts'
import { columnName, fieldName } from '../../catalog/indicator-column.ts'
import { loadIndicatorCatalog, parseIndicatorCatalog } from '../../catalog/indicators.ts'
import { parseTimeframe, TIMEFRAMES } from '../../catalog/timeframe.ts'

const FILE = fileURLToPath(new URL('../../catalog/indicators_catalog_L1.csv', import.meta.url))
const SHARED_FILE = fileURLToPath(new URL('../../../shared/catalog/indicators_catalog_L1.csv', import.meta.url))

const text = readFileSync(FILE, 'utf8')

function refusal(csvText: string): CatalogError {
  try {
    parseIndicatorCatalog(csvText, 'L1.csv')
  } catch (error) {
    if (error instanceof CatalogError) return error
    throw error
  }
  throw new Error('the catalog was accepted')
}

describe('the L1 catalog', () => {
  it('holds the rows of the engine, typed', () => {
    const rows = loadIndicatorCatalog()
    expect(rows).toHaveLength(125)
    const macd = rows.find(({ id }) => id === 'macd_12_26_9')
    expect(macd).toMatchObject({
      id: 'macd_12_26_9',
      version: 1,
      params: { fast_window: 12, slow_window: 26, signal_window: 9 },
      defaultTimeframes: ['15m', '1h', '1d'],
      warmupBars: 34,
      memoryClass: 'recursive',
      settleBars: 230,
      requiredFields: ['close'],
      file: FILE,
      line: 17,
    })
    expect(macd?.outputs.map(({ name }) => name)).toEqual(['line', 'signal', 'hist'])
  })

  it('reads "all" as every timeframe, and n/a as a level that never settles', () => {
    const rows = loadIndicatorCatalog()
    expect(rows.find(({ id }) => id === 'volume')?.defaultTimeframes).toEqual(TIMEFRAMES)
    expect(rows.find(({ id }) => id === 'obv')?.settleBars).toBeUndefined()
  })

  it('reads a warm-up that depends on the data', () => {
    const changed = text.replace('none,20,finite', 'none,data:20 sessions,finite')
    expect(parseIndicatorCatalog(changed, 'L1.csv')[0]?.warmupBars).toBeUndefined()
  })

  const shared = existsSync(SHARED_FILE) ? it : it.skip
  const reason = existsSync(SHARED_FILE) ? '' : ` (NOT RUN, as there is no ${SHARED_FILE})`
  if (reason !== '') console.warn(`comparison with the shared catalog${reason}`)

  shared(`is the shared catalog byte for byte${reason}`, () => {
    expect(text === readFileSync(SHARED_FILE, 'utf8')).toBe(true)
  })
})

describe('a faulty catalog', () => {
  it.each([
    ['an unknown column', text.replace(',universe_tier,', ',tier,'), 'CATALOG_COLUMNS', 1, 'tier'],
    ['a repeated column', text.replace(',universe_tier,', ',name,'), 'CATALOG_COLUMNS', 1, 'name'],
    [
      'a missing column',
      text.slice(0, text.indexOf('\n')).replace(',family_role_primary', ''),
      'CATALOG_COLUMNS',
      1,
      'family_role_primary',
    ],
    ['a row of another width', `${text}extra,cells\n`, 'CATALOG_SYNTAX', 127, undefined],
    ['params that are not JSON', text.replace('""window"": 50', '""window"" 50'), 'CATALOG_CELL', 3, 'default_params'],
    ['an unknown unit', text.replace('""unit"":""price""', '""unit"":""prize""'), 'CATALOG_CELL', 2, 'outputs'],
    ['a warm-up of no bars', text.replace('none,50,finite', 'none,0,finite'), 'CATALOG_CELL', 3, 'warmup_bars'],
    ['an unknown memory class', text.replace('none,50,finite', 'none,50,endless'), 'CATALOG_CELL', 3, 'memory_class'],
    ['an unknown timeframe', text.replace('""1w""', '""2w""'), 'CATALOG_CELL', 3, 'default_timeframes'],
    [
      'an id that a field name could not hold',
      text.replace('\nsma_50,', '\nsma__50,'),
      'CATALOG_CELL',
      3,
      'indicator_id',
    ],
    ['an id used twice', text.replace('\nsma_50,', '\nsma_20,'), 'CATALOG_DUPLICATE_ID', 3, 'indicator_id'],
  ])('is refused with file, line and column: %s', (_, csvText, code, line, column) => {
    const error = refusal(csvText)
    expect([error.code, error.line, error.column]).toEqual([code, line, column])
    expect(error.message).toContain(`L1.csv:${line}`)
    if (column !== undefined) expect(error.message).toContain(column)
    expect(error.retriable).toBe(false)
  })

  it('is refused when it is empty', () => {
    expect(refusal('').code).toBe('CATALOG_COLUMNS')
  })
})

describe('names', () => {
  it('join indicator and output by a dot in public and by two underscores in a field', () => {
    expect(columnName('macd_12_26_9', 'line')).toBe('macd_12_26_9.line')
    expect(fieldName('macd_12_26_9', 'line')).toBe('macd_12_26_9__line')
  })

  it('of timeframes parse to themselves and nothing else does', () => {
    expect(TIMEFRAMES.map(parseTimeframe)).toEqual(TIMEFRAMES)
    expect(['2h', '1D', '', '1m ', 'toString'].map(parseTimeframe)).toEqual(Array(5).fill(undefined))
  })
})
