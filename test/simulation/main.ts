import { parseArgs } from 'node:util'
import { runSeeds } from './run-seeds.ts'
import { scenarioNamed, scenarioNames } from './scenarios.ts'
import { smallScenarios } from './small-scenarios.ts'

const help = `npm run simulate -- [options]

  --seeds <n>        how many histories; default 1000
  --from <n>         seed of the first one; default 1
  --scenario <name>  only this one of ${scenarioNames.join(', ')}; default all but the last
  --help             this text

The exit code is 0 when no history lost, doubled, moved or changed anything and all came to their end.`

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    scenario: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) print(help)
else {
  const chosen = values.scenario === undefined ? smallScenarios : [await scenarioNamed(values.scenario)]
  const report = await runSeeds(chosen, { from: Number(values.from), count: Number(values.seeds) })
  print(report.text)
  if (report.failures.length > 0) process.exitCode = 1
}
