import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { readBars, readData } from './shipped-bars.ts'

const sources = readData('SOURCES.md').toString('utf8')

function statedSha256(name: string): string | undefined {
  return new RegExp(`^\\| ${name.replaceAll('.', '\\.')} \\| ([0-9a-f]{64}) \\|$`, 'm').exec(sources)?.[1]
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

describe('the shipped data', () => {
  it.each(['us-equity_1d.csv.gz', 'us-index_1d.csv.gz', 'us-equity_splits.csv'])(
    '%s has the bytes whose sha256 SOURCES.md states',
    (name) => {
      expect(sha256(readData(name))).toBe(statedSha256(name))
    },
  )

  it.each(['us-equity_1d.csv', 'us-index_1d.csv'])('%s has the text whose sha256 SOURCES.md states', (name) => {
    expect(sha256(gunzipSync(readData(`${name}.gz`)))).toBe(statedSha256(name))
  })

  it('has the rows and spans per symbol that SOURCES.md states', () => {
    const rows = ['us-equity_1d', 'us-index_1d'].flatMap((file) =>
      [...readBars(`${file}.csv.gz`)].map(
        ([symbol, bars]) => `| ${file} | ${symbol} | ${bars.length} | ${bars.at(0)?.date} | ${bars.at(-1)?.date} |`,
      ),
    )
    expect(sources.match(/^\| us-\w+_1d \|.*$/gm)).toEqual(expect.arrayContaining(rows))
    expect(rows).toHaveLength(7)
  })

  it('breaks OHLC order in no row, and lacks a volume only where SOURCES.md says so', () => {
    const bars = [...readBars('us-equity_1d.csv.gz').values(), ...readBars('us-index_1d.csv.gz').values()].flat()
    const disordered = bars.filter(
      ({ open, high, low, close }) => !(low > 0 && low <= Math.min(open, close) && Math.max(open, close) <= high),
    )
    expect(disordered).toEqual([])
    const withoutVolume = bars.filter(({ volume }) => !(volume > 0)).map(({ symbol, date }) => `${symbol} ${date}`)
    expect(withoutVolume).toEqual(['IXIC 2015-05-12', 'IXIC 2018-01-09'])
  })
})
