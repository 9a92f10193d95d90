import { execFile } from 'node:child_process'
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, expect, it } from '@jest/globals'
import { projectRoot } from '../../catalog/project-root.ts'
import {
  agrees,
  describeWithShared,
  medianMagnitude,
  readTable,
  sharedPath,
} from '../processors/indicators/shared-data.ts'
import { GOLDEN_COLUMNS, GOLDEN_TOLERANCE, GOLDEN_WITHOUT_ROW } from './golden-columns.ts'

/** TA-Lib withholds %K until %D exists; the catalog starts it as soon as it can be computed. */
const WITHHELD = { column: 'stoch_k_14_3_3', bars: [15, 16] }

const indicators = [...new Set(Object.values(GOLDEN_COLUMNS).map((name) => name.split('.')[0] ?? ''))]

/** Runs the command in a process of its own: the arithmetic takes much longer in the context that Jest makes. */
async function compute(options: readonly string[]): Promise<void> {
  const main = ['--import', 'tsx', 'cli/main.ts', 'indicators', 'compute']
  await promisify(execFile)(process.execPath, [...main, ...options], { cwd: projectRoot() })
}

/** The cells of the computed rows that `wanted` names, by `symbol,bar index`. */
async function readComputed(path: string, wanted: ReadonlySet<string>) {
  const counts = new Map<string, number>()
  const rows = new Map<string, readonly string[]>()
  let header: readonly string[] | undefined
  for await (const line of createInterface({ input: createReadStream(path) })) {
    if (header === undefined) {
      header = line.split(',')
      continue
    }
    const symbol = line.slice(0, line.indexOf(','))
    const index = counts.get(symbol) ?? 0
    counts.set(symbol, index + 1)
    if (wanted.has(`${symbol},${index}`)) rows.set(`${symbol},${index}`, line.split(','))
  }
  return { header: header ?? [], rows }
}

describeWithShared('barline indicators compute, against TA-Lib', ['golden', 'data/bars'], () => {
  const files = readdirSync(sharedPath('golden')).filter((file) => file.endsWith('.csv.gz'))
  const folder = mkdtempSync(join(tmpdir(), 'barline-golden-'))
  let compared = 0
  let withheld = 0
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(files)(
    '%s: every kept row has the values of TA-Lib, and the same cells are empty',
    async (file) => {
      const golden = readTable(`golden/${file}`)
      const [first] = golden.rows
      const out = join(folder, file.replace('.gz', ''))
      const calendar = file.startsWith('crypto') ? ['--calendar', 'CRYPTO'] : []
      const input = ['--bars', sharedPath(`data/bars/${file}`), '--timeframe', first?.[1] ?? '', '--as-is', ...calendar]
      await compute([...input, '--indicators', indicators.join(), '--out', out])
      const keys = golden.rows.map(([symbol, , , index]) => `${symbol},${index}`)
      const { header, rows } = await readComputed(out, new Set(keys))
      const wrong: string[] = []
      for (const [column, ours] of Object.entries(GOLDEN_COLUMNS)) {
        const cell = golden.header.indexOf(column)
        const own = header.indexOf(ours)
        expect([column, cell >= 0, own >= 0]).toEqual([column, true, true])
        const magnitudes = new Map<string, number>()
        const magnitudeOf = (symbol: string): number => {
          const known = magnitudes.get(symbol)
          if (known !== undefined) return known
          const values = golden.rows.filter((row) => row[0] === symbol).map((row) => numberOf(row[cell]))
          const median = medianMagnitude(values)
          magnitudes.set(symbol, median)
          return median
        }
        golden.rows.forEach((row, position) => {
          const wanted = numberOf(row[cell])
          const actual = numberOf(rows.get(keys[position] ?? '')?.[own])
          if (column === WITHHELD.column && WITHHELD.bars.includes(Number(row[3]))) {
            if (Number.isNaN(actual) || !Number.isNaN(wanted))
              wrong.push(`${row.slice(0, 3)} ${column} is not withheld`)
            withheld += 1
            return
          }
          compared += 1
          const same = Number.isNaN(wanted)
            ? Number.isNaN(actual)
            : agrees(actual, wanted, GOLDEN_TOLERANCE[column] ?? 1e-9, magnitudeOf(row[0] ?? ''))
          if (!same) wrong.push(`${row.slice(0, 3)} bar ${row[3]} ${column}: ${actual}, not ${wanted}`)
        })
      }
      expect(wrong.slice(0, 10)).toEqual([])
      expect(wrong).toHaveLength(0)
    },
    120_000,
  )

  it('covers every column of the golden files, or says why not', () => {
    const { header } = readTable(`golden/${files[0]}`)
    const stated = [...Object.keys(GOLDEN_COLUMNS), ...Object.keys(GOLDEN_WITHOUT_ROW)]
    expect(stated.sort()).toEqual(header.slice(4).sort())
    console.log(`TA-Lib cells compared: ${compared}; stoch_k cells that only TA-Lib withholds: ${withheld}`)
    expect(files).toHaveLength(9)
    expect(compared).toBeGreaterThan(850_000)
  })
})

function numberOf(cell: string | undefined): number {
  if (cell === undefined) throw new Error('a bar has no computed row')
  return cell === '' ? Number.NaN : Number(cell)
}
