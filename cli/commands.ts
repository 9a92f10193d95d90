import { type Command, Option } from 'commander'
import { fileKinds } from '../load/file-kind.ts'
import { processorNames } from '../topics/topics.ts'
import { findAddresses } from './addresses.ts'
import type { AnyBackfillCommand } from './backfill/any-command.ts'
import { registerCatalogCommands } from './catalog/commands.ts'
import { configWith, dataOption } from './data-option.ts'
import { registerDeadLetterCommands } from './dead-letters/commands.ts'
import { registerFeatureCommands } from './features/commands.ts'
import { registerIndicatorCommands } from './indicators/commands.ts'
import type { LoadCommand } from './load.ts'
import { registerReplayCommands } from './replay/commands.ts'

type BackfillOptions = AnyBackfillCommand & { readonly data?: string }

type Finish = (code: number) => void

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Declares every command; `finish` takes the exit code. Each loads its own modules only when it is the one that runs. */
export function registerCommands(program: Command, finish: Finish): void {
  registerStackCommands(program, finish)
  registerIndicatorCommands(program, finish)
  registerFeatureCommands(program)
  registerDeadLetterCommands(program, { configWith, dataOption, print, finish })
  registerCatalogCommands(program, finish)
  program
    .command('load')
    .description(
      'load CSV or Parquet files of bars and side inputs onto the raw topics, merged by known_at, each row once',
    )
    .argument('<files...>', '.csv, .csv.gz or .parquet; see docs/loading.md for the columns')
    .option('--delay <duration>', 'how long after its time a bar, quote or position became known, for example 30s', '0')
    .option(
      '--published-after <duration>',
      'how long after its period a figure without known_at was known, for example 45d',
    )
    .addOption(
      new Option('--kind <kind>', 'what the files hold, where their header does not say it').choices(fileKinds),
    )
    .addOption(dataOption())
    .action(async (files: string[], options: LoadCommand & { data?: string }) => {
      const { runLoad } = await import('./load.ts')
      finish(await runLoad(files, configWith(options), options))
    })
  program
    .command('backfill')
    .description(
      "rebuild a symbol's outputs from bars as they should have been, as a run of its own beside the live one",
    )
    .option('--symbol <symbol>', 'whose late and revised bars are to be taken; with --features, the only one to fill')
    .option('--features <ids>', 'fill these features of a view in its older rows, from the tape; separated by commas')
    .option('--view <id>', 'view of the features', 'core_pack_1d')
    .option('--from <time>', 'first close of the rows wanted, for example 2013-03-01; default: the first corrected bar')
    .option(
      '--corrections <files...>',
      'further corrected bars, in the format of `barline load`; known now unless a line says when',
    )
    .addOption(new Option('--dry-run', 'say what would change, and write nothing').conflicts('adopt'))
    .option('--adopt', 'let the views in ClickHouse read the rows of the run before those of the live one')
    .addOption(dataOption())
    .action(async (options: BackfillOptions) => {
      const { runAnyBackfill } = await import('./backfill/any-command.ts')
      finish(await runAnyBackfill(configWith(options), options, print))
    })
  registerReplayCommands(program, finish)
  program
    .command('worker')
    .description('run processors of the chain, each in its own group, in one process until asked to end')
    .argument('<processors...>', processorNames.join(', '))
    .option('--host <address>', 'where /healthz, /status and /metrics answer', '127.0.0.1')
    .option('--port <port>', 'port for them; 0 = any free one', '0')
    .option('--parent-pipe', 'end when standard input ends')
    .addOption(dataOption())
    .action(async (names: string[], options: { host: string; port: string; parentPipe?: boolean; data?: string }) => {
      const { parseProcessorNames, runWorkers } = await import('./worker.ts')
      const command = { host: options.host, port: Number(options.port), parentPipe: options.parentPipe === true }
      finish(await runWorkers(parseProcessorNames(names), configWith(options), command))
    })
  const topics = program.command('topics').description('topics, schemas and tables')
  topics
    .command('adopt')
    .description(
      'let a processor that has run before read one more topic, from its oldest record; its workers are stopped',
    )
    .argument('<processor>', processorNames.join(', '))
    .argument('<topic>', 'one of its inputs, for example market-state')
    .addOption(dataOption())
    .action(async (processor: string, topic: string, options: { data?: string }) => {
      const [{ adoptTopic }, { parseProcessorNames }] = [await import('./topics-adopt.ts'), await import('./worker.ts')]
      for (const name of parseProcessorNames([processor])) await adoptTopic(name, topic, configWith(options), print)
    })
  topics
    .command('provision')
    .description('create what is missing of topics, registry schemas and ClickHouse tables; refuse what differs')
    .addOption(dataOption())
    .action(async (options: { data?: string }) => {
      const { provisionAll } = await import('./provision.ts')
      const config = configWith(options)
      await provisionAll(config, findAddresses(config), print)
    })
  program
    .command('digest')
    .description(
      'hash of the data records of topics: equal on equal history, whatever the batches, restarts and workers',
    )
    .argument('[topics...]', 'topic ids', ['indicators', 'features.core_pack_1d', 'scores.raw'])
    .addOption(dataOption())
    .action(async (ids: string[], options: { data?: string }) => {
      const { printDigest } = await import('./digest.ts')
      await printDigest(ids, configWith(options), print)
    })
  program
    .command('export')
    .description('write what the trainer of a recipe reads: its features and bars as Parquet, from ClickHouse')
    .argument('<recipe>', 'for example equity_daily_momentum_v1')
    .argument('<folder>', 'where resolved.json, features.parquet and bars.parquet go')
    .addOption(dataOption())
    .action(async (recipe: string, folder: string, options: { data?: string }) => {
      const { runExport } = await import('./export.ts')
      await runExport(recipe, folder, configWith(options), print)
    })
  program
    .command('demo')
    .description('the whole chain on thirteen years of real bars, on a real broker, from an empty folder')
    .option('--keep', 'leave everything running afterwards, until Ctrl-C')
    .option('--quick', 'a shorter live tail at the end')
    .addOption(dataOption())
    .action(async (options: { keep?: boolean; quick?: boolean; data?: string }) => {
      const { runDemo } = await import('./demo.ts')
      finish(await runDemo(configWith(options), options))
    })
}

function registerStackCommands(program: Command, finish: Finish): void {
  program
    .command('up')
    .description('run Kafka, the schema registry and ClickHouse here, until Ctrl-C or `barline down`')
    .addOption(dataOption())
    .action(async (options: { data?: string }) => {
      const { up } = await import('../local/up.ts')
      finish((await up(configWith(options).dataDir, print)) ? 0 : 1)
    })
  program
    .command('down')
    .description('stop the stack that `barline up` runs on the folder')
    .addOption(dataOption())
    .action(async (options: { data?: string }) => {
      const { down } = await import('../local/up.ts')
      await down(configWith(options).dataDir)
      print('stopped')
    })
  program
    .command('doctor')
    .description('say what is missing on this machine and how to get it')
    .action(async () => {
      const { diagnose } = await import('../local/doctor.ts')
      const findings = await diagnose()
      for (const { subject, ok, detail, remedy } of findings) {
        print(`${ok ? 'ok     ' : 'MISSING'} ${subject}: ${detail}`)
        if (!ok && remedy) print(`        ${remedy}`)
      }
      finish(findings.every(({ ok }) => ok) ? 0 : 1)
    })
}
