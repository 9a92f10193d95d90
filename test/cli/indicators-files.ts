import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { projectRoot } from '../../catalog/project-root.ts'
import { type ComputeCommand, runCompute } from '../../cli/indicators/compute.ts'

export const BARS_HEADER = 'symbol,timeframe,ts_open_utc,open,high,low,close,volume'

/** A folder for the files of one suite. */
export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'barline-indicators-'))
}

/** Writes a CSV with a header and gives its path. */
export function writeTable(folder: string, name: string, lines: readonly string[], header = BARS_HEADER): string {
  const path = join(folder, name)
  writeFileSync(path, `${[header, ...lines].join('\n')}\n`)
  return path
}

/** The first bars of some symbols that ship with the project, as lines, symbol by symbol. */
export function shippedLines(symbols: readonly string[], count: number): readonly string[] {
  const text = gunzipSync(readFileSync(join(projectRoot(), 'data', 'us-equity_1d.csv.gz'))).toString('utf8')
  const lines = text.trimEnd().split(/\r?\n/).slice(1)
  return symbols.flatMap((symbol) => lines.filter((line) => line.startsWith(`${symbol},`)).slice(0, count))
}

/** A stream that keeps what it is given. */
export function captured(): { readonly stream: Writable; text(): string } {
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  return { stream, text: () => chunks.join('') }
}

/** Runs `compute` and gives its exit code and what it wrote. */
export async function compute(command: Partial<ComputeCommand> & Pick<ComputeCommand, 'bars'>) {
  const stdout = captured()
  const stderr = captured()
  const code = await runCompute({ timeframe: '1d', ...command }, stdout.stream, stderr.stream)
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

/** Rows of a computed CSV as records; a quoted cell is a vector. */
export function parseComputed(text: string): readonly Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = text.trimEnd().split('\n')
  const names = header.split(',')
  return lines.map((line) => {
    const cells = [...line.matchAll(/("[^"]*"|[^,]*)(,|$)/g)].map(([, cell = '']) => cell.replaceAll('"', ''))
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? '']))
  })
}
