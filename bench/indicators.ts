/**
 * Cost of the L1 indicators in nanoseconds of CPU time a bar: all rows together, and each row alone beside trading-signals (an npm
 * package) and TA-Lib (its batch functions in C, and its streaming handles called from Python). All measured in one run; a
 * library that cannot be installed is left out, and that is said. The libraries go into a temporary directory, never into
 * the project. Prints Markdown.
 *
 * Run: `node --import tsx bench/indicators.ts [--bars <longest series, default 1000000>] [--rounds <default 1>] [ids ...]`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { loadIndicatorCatalog } from '../catalog/indicators.ts'
import { type FullReport, measureFull } from './indicators/full-cost.ts'
import { PEERS } from './indicators/peers.ts'
import { fullTable, type Measured, rowTable, summary } from './indicators/report.ts'
import { measureEmpty, measureRow, type RowCost } from './indicators/row-cost.ts'
import { randomWalk } from './indicators/series.ts'
import { startTalib } from './indicators/talib.ts'

const TALIB_BARS = 100_000

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bars: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '1' },
    // What a child process of this program measures.
    full: { type: 'boolean', default: false },
    empty: { type: 'boolean', default: false },
    row: { type: 'string' },
    signals: { type: 'string' },
  },
})

if (options.full) console.log(JSON.stringify(measureFull(Number(options.bars))))
else if (options.empty) console.log(JSON.stringify(measureEmpty()))
else if (options.row !== undefined) console.log(JSON.stringify(await measureRow(options.row, options.signals)))
else await main()

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'barline-indicators-'))
  try {
    const signals = installSignals(directory)
    const talib = await startTalib(directory, randomWalk(TALIB_BARS))
    const load = loadavg().map((each) => each.toFixed(1))
    console.log(`Node ${process.version}, ${cpus()[0]?.model}, ${cpus().length} cores, load ${load.join(' ')}`)
    console.log(`trading-signals ${signals?.version ?? 'absent'}, TA-Lib ${talib?.version ?? 'absent'}\n`)
    console.log(`${fullTable(ownProcess<FullReport>('--full', '--bars', options.bars))}\n`)
    const empty = Math.min(...Array.from({ length: 5 }, () => ownProcess<number>('--empty')))
    console.log(`An engine without rows takes ${empty.toFixed(0)} ns a bar, which each row below is measured over.\n`)
    const measured: Measured[] = []
    const rows = loadIndicatorCatalog().filter(({ id }) => positionals.length === 0 || positionals.includes(id))
    for (const row of rows) {
      const calls = PEERS[row.id]?.talib
      let best: Measured = { row }
      for (let round = 0; round < Number(options.rounds); round += 1) {
        const place = signals === undefined ? [] : ['--signals', signals.main]
        const { engine, ...others } = ownProcess<RowCost>('--row', row.id, ...place)
        const timing = calls === undefined ? undefined : await talib?.time(calls)
        best = better(best, { row, barline: engine - empty, ...others, ...timing })
      }
      measured.push(best)
      if (process.stderr.isTTY) process.stderr.write(`\r${measured.length}/${rows.length} `)
    }
    talib?.close()
    console.log(`${rowTable(measured)}\n\n${summary(measured)}`)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function better(one: Measured, other: Measured): Measured {
  const smaller = (key: 'barline' | 'signals' | 'batch' | 'stream') => {
    const value = Math.min(one[key] ?? Number.POSITIVE_INFINITY, other[key] ?? Number.POSITIVE_INFINITY)
    return Number.isFinite(value) ? { [key]: value } : {}
  }
  return { row: other.row, ...smaller('barline'), ...smaller('signals'), ...smaller('batch'), ...smaller('stream') }
}

/** Runs a part of this program in a process of its own, so that no other row has shaped the compiler's code. */
function ownProcess<Result>(...args: readonly string[]): Result {
  const script = fileURLToPath(import.meta.url)
  const node = [...process.execArgv, script, ...args]
  return JSON.parse(execFileSync(process.execPath, node, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }))
}

/** Undefined, with the reason printed, when npm cannot install it. */
function installSignals(directory: string): { readonly version: string; readonly main: string } | undefined {
  try {
    const npm = ['install', '--no-audit', '--no-fund', '--prefix', directory, 'trading-signals@8']
    execFileSync('npm', npm, { stdio: 'pipe' })
    const folder = join(directory, 'node_modules', 'trading-signals')
    const read = ['-p', `require(${JSON.stringify(join(folder, 'package.json'))}).version`]
    const version = execFileSync(process.execPath, read, { encoding: 'utf8' }).trim()
    return { version, main: pathToFileURL(join(folder, 'dist', 'index.js')).href }
  } catch (error) {
    console.error(`trading-signals is absent: ${String(error).split('\n')[0]}`)
    return undefined
  }
}
