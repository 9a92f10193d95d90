import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { faultMix } from './faults/mix.ts'
import { hasPassed, reportOf } from './report.ts'
import { runChaos } from './run-chaos.ts'

const help = `npm run chaos -- [options]

  --faults <n>        how many faults of the random mix; default 20
  --seed <n>          seed of the input and of the faults; default 1
  --only <a,b>        only these kinds of fault
  --sessions <n>      trading sessions of input, an hour of each a transaction; default: enough for the faults
  --history <n>       sessions loaded at once before; default 300
  --dir <folder>      where stack, logs and chaos.log go; default a folder in the system's temporary one
  --keep              leave the folder
  --help              this text

The exit code is 0 when every fault happened, everything recovered, and nothing was lost, doubled, moved or changed.`

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    sessions: { type: 'string' },
    history: { type: 'string', default: '300' },
    dir: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`--${name} ${text}: a whole number is wanted`)
  return value
}

function chosenKinds(only: string | undefined) {
  if (only === undefined) return faultMix
  return only.split(',').map((name) => {
    const kind = faultMix.find((each) => each.name === name)
    if (!kind) throw new RangeError(`--only ${name}: there are ${faultMix.map((each) => each.name).join(', ')}`)
    return kind
  })
}

/** About six transactions of input a session, four a second; a fault takes up to half a minute on a busy machine. */
const sessionsPerFault = 20

async function main(): Promise<boolean> {
  if (values.help) {
    print(help)
    return true
  }
  const faults = wholeNumber('faults', values.faults)
  const seed = wholeNumber('seed', values.seed)
  const kinds = chosenKinds(values.only)
  const steadySessions = wholeNumber('sessions', values.sessions ?? String(100 + faults * sessionsPerFault))
  const historySessions = wholeNumber('history', values.history)
  const dir = values.dir === undefined ? mkdtempSync(join(tmpdir(), 'barline-chaos-')) : resolve(values.dir)
  print(`seed ${seed}, ${faults} faults; everything is in ${dir}`)
  const result = await runChaos({ dir, seed, faults, kinds, historySessions, steadySessions, print })
  print('')
  print(reportOf(result, seed))
  const passed = hasPassed(result)
  if (passed && !values.keep && values.dir === undefined) rmSync(dir, { recursive: true, force: true })
  return passed
}

process.exitCode = (await main()) ? 0 : 1
