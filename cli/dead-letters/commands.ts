import { type Command, InvalidArgumentError, Option } from 'commander'
import { refusalReasons } from '../../processors/refusal.ts'
import { processorNames } from '../../topics/topics.ts'
import { type Addresses, findAddresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import type { LetterFilter, LetterSource } from './read-letters.ts'

type FilterOptions = {
  readonly processor?: LetterFilter['processor']
  readonly reason?: string
  readonly symbol?: string
  readonly from?: string
  readonly to?: string
}
type ListOptions = FilterOptions & { readonly limit: number; readonly json?: boolean; readonly data?: string }
type ReplayOptions = FilterOptions & { readonly yes?: boolean; readonly data?: string }

/** What the commands need of the command line as a whole. */
export type CommandLine = {
  readonly configWith: (options: { data?: string }) => Config
  readonly dataOption: () => Option
  readonly print: (line: string) => void
  readonly finish: (code: number) => void
}

/** Declares `barline dead-letters list|show|replay`. */
export function registerDeadLetterCommands(
  program: Command,
  { configWith, dataOption, print, finish }: CommandLine,
): void {
  const letters = program
    .command('dead-letters')
    .description('what processors have refused, with its bytes and the reason; see docs/dead-letters.md')
  withFilters(letters.command('list').description('counts by processor and reason, and the newest letters'))
    .option('--limit <count>', 'how many letters the table has', positive, 20)
    .option('--json', 'all letters instead, a line of JSON each')
    .addOption(dataOption())
    .action(async (options: ListOptions) => {
      const { listLetters } = await import('./list.ts')
      await withLetters(configWith(options), async (source) => {
        await listLetters(source, await filterOf(options), { limit: options.limit, json: options.json === true }, print)
      })
    })
  letters
    .command('show')
    .description('all of one letter: reason, source, headers, and the value decoded, or in hex')
    .argument('<id>', 'as `list` gives it, for example ingest[0]@17')
    .addOption(dataOption())
    .action(async (id: string, options: { data?: string }) => {
      const { showLetter } = await import('./show.ts')
      await withLetters(configWith(options), (source) => showLetter(source, id, print))
    })
  withFilters(
    letters
      .command('replay')
      .description('after a fix: produce the original bytes again, or store their rows, each letter once')
      .argument('[ids...]', 'letters, as `list` gives them; without any, all that the options let through'),
  )
    .option('--yes', 'write; without it the command only says what it would do')
    .addOption(dataOption())
    .action(async (ids: string[], options: ReplayOptions) => {
      const config = configWith(options)
      const filter = await filterOf(options)
      await withLetters(config, async (source, addresses) => {
        const { runReplay } = await import('./replay.ts')
        const { loadMarket } = await import('../market.ts')
        const { sinkOf } = await import('./sink-of.ts')
        const sink = sinkOf(config, addresses)
        const context = { source, market: loadMarket(), sink: sink.open, now: Date.now() }
        try {
          finish(await runReplay({ ids, filter, yes: options.yes === true }, context, print))
        } finally {
          await sink.close()
        }
      })
    })
}

function withFilters(command: Command): Command {
  return command
    .addOption(new Option('--processor <name>', 'of this processor').choices(processorNames))
    .addOption(new Option('--reason <code>', 'with this reason').choices(refusalReasons))
    .option('--symbol <symbol>', 'whose key, or symbol in the value, is this')
    .option('--from <time>', 'refused records from this time on, for example 2013-03-01')
    .option('--to <time>', 'before this time')
}

async function filterOf({ processor, reason, symbol, from, to }: FilterOptions): Promise<LetterFilter> {
  const { parseTime } = await import('../parse-time.ts')
  return {
    ...(processor === undefined ? {} : { processor }),
    ...(reason === undefined ? {} : { reason }),
    ...(symbol === undefined ? {} : { symbol }),
    ...(from === undefined ? {} : { fromTs: parseTime(from, '--from') }),
    ...(to === undefined ? {} : { toTs: parseTime(to, '--to') }),
  }
}

async function withLetters(
  config: Config,
  use: (source: LetterSource, addresses: Addresses) => Promise<void>,
): Promise<void> {
  const { connectCodec, openLog } = await import('../connect.ts')
  const addresses = findAddresses(config)
  const log = openLog(config, addresses, 'barline-dead-letters')
  try {
    const codec = await connectCodec(config, addresses)
    await use({ log, codec, partitions: config.partitions }, addresses)
  } finally {
    await log.close()
  }
}

function positive(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It must be a whole number from 1 on.')
  return count
}
