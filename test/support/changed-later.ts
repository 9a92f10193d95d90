import { readFileSync, writeFileSync } from 'node:fs'
import { seededRandom } from '../streams/support/random.ts'

/** What becomes of the lines that are known after a time: they go, get random values, or those of the next line of their series. */
export type Change = 'deleted' | 'randomised' | 'shifted'

const keys = ['symbol', 'timeframe', 'item', 'series', 'event_type', 'portfolio']

/** Writes a table anew beside it, with its lines that are known after `time` changed; gives the new path. */
export function changedAfter(path: string, time: number, usualDelayMs: number, change: Change, seed: number): string {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n')
  const columns = header.split(',')
  const rows = lines.map((line) => line.split(','))
  const cell = (row: readonly string[], name: string): string => row[columns.indexOf(name)] ?? ''
  const knownAt = (row: readonly string[]): number => {
    const own = cell(row, 'known_at_utc')
    return own === '' ? Date.parse(cell(row, 'ts_close_utc')) + usualDelayMs : Date.parse(own)
  }
  const random = seededRandom(seed)
  const isSame = (a: readonly string[], b: readonly string[]) => keys.every((name) => cell(a, name) === cell(b, name))
  const isNumber = (text: string) => /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)
  const changed = rows.flatMap((row, at) => {
    if (knownAt(row) <= time) return [row]
    if (change === 'deleted') return []
    const next = rows.slice(at + 1).find((later) => isSame(row, later)) ?? row
    // One factor for all of a line: a bar's low stays below its high.
    const factor = 0.5 + random()
    return [
      row.map((text, place) => {
        if (!isNumber(text)) return text
        return change === 'shifted' ? (next[place] ?? text) : String(Number(text) * factor)
      }),
    ]
  })
  const to = path.replace(/\.csv$/, `-${change}.csv`)
  writeFileSync(to, `${[header, ...changed.map((row) => row.join(','))].join('\n')}\n`)
  return to
}
