import { type Command, InvalidArgumentError, Option } from 'commander'
import { readConfig } from '../config.ts'
import type { GetCommand } from './get.ts'
import type { HistoryCommand } from './history.ts'
import type { ServeCommand } from './serve.ts'

type WithData = { readonly data?: string }

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const names = (text: string): string[] => text.split(',').map((name) => name.trim())

const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

const dataOption = () => new Option('--data <folder>', 'folder of the embedded stack (BARLINE_DATA; default .barline)')

const packOption = () =>
  new Option('--pack <id>', 'pack version, or core_v1 = all that hold no vectors').default('core_v1')

const timeframeOption = () =>
  new Option('--timeframe <timeframe>', 'of the rows: 1m, 5m, 15m, 1h, 1d or 1w').default('1d')

/** Declares `barline features get`, `history` and `serve`. */
export function registerFeatureCommands(program: Command): void {
  const features = program
    .command('features')
    .description('features as of a time: the same from memory, from ClickHouse and in training sets')
  features
    .command('get')
    .description('the newest features of symbols, or those known at a time')
    .argument('<symbols>', 'separated by commas', names)
    .option('--as-of <time>', 'for example 2013-02-08T21:00Z; default: the newest')
    .option('--max-age-bars <count>', 'an older row is shown as stale, without values', whole)
    .option('--zones', "with the support and resistance zones of the view's bars")
    .option('--json', 'the whole answer as JSON')
    .addOption(packOption())
    .addOption(timeframeOption())
    .addOption(dataOption())
    .action(async (symbols: string[], { data, ...options }: Omit<GetCommand, 'symbols'> & WithData) => {
      const { runGet } = await import('./get.ts')
      await runGet(readConfig(undefined, data), { symbols, ...options })
    })
  features
    .command('history')
    .description('rows of a span as CSV, or as an Arrow stream')
    .argument('<symbols>', 'separated by commas', names)
    .requiredOption('--from <time>', 'first close, for example 2013-01-01')
    .requiredOption('--to <time>', 'end of the span, excluded')
    .option('--features <ids>', 'separated by commas; default: all of the pack', names)
    .option('--arrow <file>', 'write an Arrow stream to this file')
    .addOption(packOption())
    .addOption(timeframeOption())
    .addOption(dataOption())
    .action(async (symbols: string[], { data, ...options }: Omit<HistoryCommand, 'symbols'> & WithData) => {
      const { runHistory } = await import('./history.ts')
      await runHistory(readConfig(undefined, data), { symbols, ...options })
    })
  features
    .command('serve')
    .description('serve features over HTTP (JSON and Arrow), with a page to look at them, until Ctrl-C')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <port>', '0 = any free one', whole, 8650)
    .option('--rows <count>', 'rows of each symbol and view that are kept in memory', whole, 64)
    .addOption(dataOption())
    .action(async ({ data, ...options }: ServeCommand & WithData) => {
      const { runServe } = await import('./serve.ts')
      await runServe(readConfig(undefined, data), options, print)
    })
  features
    .command('openapi')
    .description('print the OpenAPI document of the HTTP API')
    .action(async () => {
      const { openApiDocument } = await import('../../serve/features/http/openapi.ts')
      print(JSON.stringify(openApiDocument(), null, 2))
    })
}
