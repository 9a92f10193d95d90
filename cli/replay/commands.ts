import type { Command } from 'commander'
import { configWith, dataOption } from '../data-option.ts'
import type { VerifyCommand } from '../verify/command.ts'
import type { ReplayCommand } from './options.ts'
import type { ReplayWorkerCommand } from './worker.ts'

type WithData = { readonly data?: string }

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Declares `barline replay`, what it starts, and `barline verify`; `finish` takes the exit code. */
export function registerReplayCommands(program: Command, finish: (code: number) => void): void {
  program
    .command('replay')
    .description(
      'run the processors over the tape again, into topics and tables of their own; the live ones are only read',
    )
    .option('--into <name>', 'name of the replay: topics replay-<name>.*, database <database>_replay_<name>', 'replay')
    .option('--from <time>', 'first close of the rows wanted, for example 2013-03-01; default: from the beginning')
    .option('--to <time>', 'last close of the rows wanted; default: the end of the tape')
    .option('--symbols <symbols>', 'only these, separated by commas; the cross-section is read, not made again')
    .option('--speed <speed>', 'max, or bars a second, for example 500', 'max')
    .option('--workers <count>', 'processes that share the work', '1')
    .option('--batch <records>', 'most input records of one transaction; default: as in the chain')
    .option('--no-tables', 'keep the rows on topics only, not in ClickHouse')
    .option('--list', 'say which replays there are')
    .option('--clean', 'delete the topics, groups and tables of the replay')
    .addOption(dataOption())
    .addHelpText(
      'after',
      '\nThe same command again goes on with a replay that was cut off. `barline verify --run <name>` compares one that is finished.',
    )
    .action(async (options: ReplayCommand & WithData) => {
      const { runReplayCommand } = await import('./command.ts')
      finish(await runReplayCommand(configWith(options), options, print))
    })
  program
    .command('verify')
    .description('compare a replay with the live topics, and the rows in ClickHouse with the log, byte for byte')
    .option('--run <name>', 'the replay; without it only the log and its rows in ClickHouse are compared')
    .option('--topics <topics>', 'only these, separated by commas')
    .option('--from <time>', 'only records of this time and later, for example 2013-03-01')
    .option('--to <time>', 'only records of this time and earlier')
    .addOption(dataOption())
    .action(async (options: VerifyCommand & WithData) => {
      const { runVerify } = await import('../verify/command.ts')
      finish(await runVerify(configWith(options), options, print))
    })
  program
    .command('replay-worker', { hidden: true })
    .description('run the processors of a replay until asked to end; `barline replay` starts it')
    .argument('<name>')
    .option('--batch <records>')
    .option('--parent-pipe', 'end when standard input ends')
    .action(async (name: string, options: ReplayWorkerCommand) => {
      const { runReplayWorker } = await import('./worker.ts')
      finish(await runReplayWorker(name, configWith({}), options))
    })
}
