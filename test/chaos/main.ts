import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { faultList, listText } from './fault-list.ts'
import type { FaultKind } from './faults/fault-kind.ts'
import { faultMix } from './faults/mix.ts'
import { slowFaults } from './faults/slow-faults.ts'
import { hasPassed, reportOf } from './report.ts'
import { runChaos } from './run-chaos.ts'
import { runScenario } from './run-scenario.ts'
import { loudErrors } from './scenarios/loud-errors.ts'
import type { Scenario } from './scenarios/scenario.ts'

const help = `npm run chaos -- [options]

  --faults <n>        how many faults of the random mix; default 20
  --minutes <n>       no further fault after so many minutes; default: all of them
  --seed <n>          seed of the input and of the faults; default 1
  --only <a,b>        only these kinds of fault
  --scenario <name>   one fault by name: of the mix, one too slow for it, or one that has to end in a loud error
  --sessions <n>      trading sessions of input, an hour of each a transaction; default: enough for the faults
  --history <n>       sessions loaded at once before; default 200
  --dir <folder>      where stack, logs and chaos.log go; default a folder in the system's temporary one
  --keep              leave the folder
  --list              the list of faults, and where each is shown
  --help              this text

The exit code is 0 when every fault happened, everything recovered, and nothing was lost, doubled, moved or changed.`

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '20' },
    minutes: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    scenario: { type: 'string' },
    sessions: { type: 'string' },
    history: { type: 'string', default: '200' },
    dir: { type: 'string' },
    keep: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new RangeError(`--${name} ${text}: a whole number is wanted`)
  return value
}

function named<Item extends { readonly name: string }>(option: string, name: string, items: readonly Item[]): Item {
  const found = items.find((each) => each.name === name)
  if (!found) throw new RangeError(`--${option} ${name}: there are ${items.map((each) => each.name).join(', ')}`)
  return found
}

/** About six transactions of input a session, four a second; a fault takes up to half a minute on a busy machine. */
const sessionsPerFault = 20
const sessionsBeside = 100

async function loudScenario(scenario: Scenario, dir: string, seed: number): Promise<boolean> {
  print(`${scenario.name}: ${scenario.expects}`)
  const { passed, evidence } = await runScenario(scenario, dir, seed)
  print(`${passed ? 'PASSED' : 'FAILED'}: ${evidence}`)
  return passed
}

async function randomMix(kinds: readonly FaultKind[], faults: number, dir: string, seed: number): Promise<boolean> {
  const enough = String(sessionsBeside + faults * sessionsPerFault)
  const steadySessions = wholeNumber('sessions', values.sessions ?? enough)
  const historySessions = wholeNumber('history', values.history)
  const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : wholeNumber('minutes', values.minutes)
  print(`seed ${seed}, ${faults} faults; everything is in ${dir}`)
  const result = await runChaos({ dir, seed, faults, kinds, minutes, historySessions, steadySessions, print })
  print('')
  print(reportOf(result, seed))
  return hasPassed(result)
}

function chosen(dir: string, seed: number): Promise<boolean> {
  const { scenario, only } = values
  const single = [...faultMix, ...slowFaults]
  if (scenario !== undefined) {
    const loud = loudErrors.find(({ name }) => name === scenario)
    if (loud) return loudScenario(loud, dir, seed)
    return randomMix([named('scenario', scenario, [...single, ...loudErrors]) as FaultKind], 1, dir, seed)
  }
  const kinds = only?.split(',').map((name) => named('only', name, single)) ?? faultMix
  return randomMix(kinds, wholeNumber('faults', values.faults), dir, seed)
}

async function main(): Promise<boolean> {
  if (values.help || values.list) {
    print(values.list ? listText(faultList) : help)
    return true
  }
  const seed = wholeNumber('seed', values.seed)
  const dir = values.dir === undefined ? mkdtempSync(join(tmpdir(), 'barline-chaos-')) : resolve(values.dir)
  const passed = await chosen(dir, seed)
  if (passed && !values.keep && values.dir === undefined) rmSync(dir, { recursive: true, force: true })
  return passed
}

process.exitCode = (await main()) ? 0 : 1
