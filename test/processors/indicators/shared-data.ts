import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, it } from '@jest/globals'
import type { Candle } from './candles.ts'

const SHARED = new URL('../../../../shared/', import.meta.url)

/** The symbol, timeframe and bars of one series of a bars file, oldest first. */
export type Series = {
  readonly symbol: string
  readonly timeframe: string
  readonly dates: string[]
  readonly bars: Candle[]
}

/** Path of a file of the shared folder beside the project. */
export function sharedPath(path: string): string {
  return fileURLToPath(new URL(path, SHARED))
}

/** Registers a suite that needs shared files; where they are not there, says so and skips it. */
export function describeWithShared(title: string, paths: readonly string[], suite: () => void): void {
  const missing = paths.map(sharedPath).filter((path) => !existsSync(path))
  if (missing.length === 0) {
    describe(title, suite)
    return
  }
  const reason = `NOT RUN, as there is no ${missing.join(', ')}`
  // Not console: Jest swallows it in a file whose tests are all skipped.
  process.stderr.write(`${title}: ${reason}\n`)
  describe.skip(`${title} (${reason})`, () => it('runs', () => {}))
}

/** Header and rows of a gzipped CSV without quoted cells. */
export function readTable(path: string): { header: string[]; rows: string[][] } {
  const lines = gunzipSync(readFileSync(sharedPath(path)))
    .toString('utf8')
    .trimEnd()
    .split(/\r?\n/)
  const [header = [], ...rows] = lines.map((line) => line.split(','))
  return { header, rows }
}

/** The series of `data/bars/<name>.csv.gz` by `symbol,timeframe`. */
export function readBars(name: string): Map<string, Series> {
  const all = new Map<string, Series>()
  for (const [symbol = '', timeframe = '', date = '', ...numbers] of readTable(`data/bars/${name}.csv.gz`).rows) {
    const key = `${symbol},${timeframe}`
    const series = all.get(key) ?? { symbol, timeframe, dates: [], bars: [] }
    all.set(key, series)
    series.dates.push(date)
    series.bars.push(toCandle(numbers))
  }
  return all
}

/** A candle from the cells open, high, low, close, volume. */
export function toCandle(cells: readonly string[]): Candle {
  const [open, high, low, close, volume] = cells.map(Number)
  if (open === undefined || high === undefined || low === undefined || close === undefined || volume === undefined) {
    throw new Error(`Not a bar: ${cells.join(',')}`)
  }
  return { open, high, low, close, volume }
}

/** Whether two computed values agree: `|actual - expected| <= relative * (|expected| + magnitude)`. */
export function agrees(actual: number, expected: number, relative: number, magnitude: number): boolean {
  return Math.abs(actual - expected) <= relative * (Math.abs(expected) + magnitude)
}

/** Median of the absolute values that are numbers; 0 without any. */
export function medianMagnitude(values: readonly number[]): number {
  const sorted = values
    .filter((value) => !Number.isNaN(value))
    .map(Math.abs)
    .sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
