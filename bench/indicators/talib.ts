import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { TalibCall } from './peers.ts'
import type { Series } from './series.ts'

/** Best nanoseconds a bar. */
export type TalibTiming = { readonly batch: number; readonly stream: number }

/** A Python process that times TA-Lib. */
export type Talib = {
  readonly version: string
  time(calls: readonly TalibCall[]): Promise<TalibTiming>
  close(): void
}

/**
 * Installs TA-Lib into a virtual environment inside `directory` and starts it on `series`. Undefined, with the reason printed, when
 * there is no Python or no wheel.
 */
export async function startTalib(directory: string, series: Series): Promise<Talib | undefined> {
  const environment = join(directory, 'talib')
  try {
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'pipe' })
    const pip = [join(environment, 'bin', 'pip'), 'install', '-q', '--only-binary', ':all:', 'TA-Lib>=0.6', 'numpy']
    execFileSync(pip[0] ?? 'pip', pip.slice(1), { stdio: 'pipe' })
  } catch (error) {
    console.error(`TA-Lib is absent: ${String(error).split('\n')[0]}`)
    return undefined
  }
  const file = join(directory, 'bars.f64')
  const { open, high, low, close, volume } = series
  writeFileSync(file, Buffer.concat([open, high, low, close, volume].map((column) => Buffer.from(column.buffer))))
  const script = fileURLToPath(new URL('time_talib.py', import.meta.url))
  const python = spawn(join(environment, 'bin', 'python'), [script, file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = linesOf(python)
  const { version } = JSON.parse(await answers()) as { version: string }
  return {
    version,
    async time(calls) {
      python.stdin.write(`${JSON.stringify(calls.map(([name, inputs, options = {}]) => [name, inputs, options]))}\n`)
      return JSON.parse(await answers()) as TalibTiming
    },
    close: () => python.stdin.end(),
  }
}

function linesOf({ stdout }: ChildProcessByStdio<Writable, Readable, null>): () => Promise<string> {
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('TA-Lib has ended; see its message above')
    return value
  }
}
