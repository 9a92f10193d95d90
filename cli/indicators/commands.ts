import { type Command, Option } from 'commander'
import type { ComputeCommand } from './compute.ts'
import type { ListFilter } from './describe.ts'

type WithCatalog = { readonly catalog?: string }

const catalogOption = () =>
  new Option('--catalog <folder>', 'folder of the indicator catalog (default: that of the installation)')

const ids = (text: string): string[] =>
  text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')

/** Declares `barline indicators compute`, `list` and `show`; `finish` takes the exit code. */
export function registerIndicatorCommands(program: Command, finish: (code: number) => void): void {
  const indicators = program
    .command('indicators')
    .description('the indicator catalog, and its values over a file of bars')
  indicators
    .command('compute')
    .description('compute indicators over a file of bars, as the chain would, without a broker; CSV to standard output')
    .requiredOption('--bars <file>', '.csv, .csv.gz or .parquet; see docs/computing-indicators.md for the columns')
    .requiredOption('--timeframe <timeframe>', 'of the bars that get a row; others serve multi-timeframe indicators')
    .option('--indicators <ids>', 'separated by commas (default: all)', ids)
    .option('--events <file>', 'splits and other events')
    .option('--side <files...>', 'fundamentals, macro series, positions and quotes, as barline load takes them')
    .option('--published-after <duration>', 'of figures without a date of publication, after the end of their period')
    .option('--out <file>', 'instead of standard output; .gz is compressed')
    .option('--calendar <id>', 'for all symbols, for example CRYPTO (default: as the instrument catalog says)')
    .option('--skip-bad', 'leave out lines that are no good bar, and list them, instead of ending with exit code 2')
    .option('--as-is', 'take bars that open or close outside of their own low and high')
    .addOption(catalogOption())
    .action(async (options: ComputeCommand) => {
      const { runCompute } = await import('./compute.ts')
      finish(await runCompute(options))
    })
  indicators
    .command('list')
    .description('list the indicators of the catalog')
    .option('--family <name>', 'any part of the name of a family, for example momentum')
    .option('--level <level>', 'L1, L2 or L3')
    .option('--timeframe <timeframe>', 'those that the chain computes on it')
    .addOption(catalogOption())
    .action(async ({ catalog, ...filter }: ListFilter & WithCatalog) => {
      const [{ listIndicators }, { catalogOf }] = await modules()
      process.stdout.write(listIndicators(catalogOf(catalog), filter))
    })
  indicators
    .command('show')
    .description('say what an indicator is: formula, parameters, outputs, warm-up, states, source')
    .argument('<id>', 'for example rsi_14')
    .addOption(catalogOption())
    .action(async (id: string, { catalog }: WithCatalog) => {
      const [{ showIndicator }, { catalogOf }] = await modules()
      process.stdout.write(showIndicator(catalogOf(catalog), id))
    })
}

const modules = () => Promise.all([import('./describe.ts'), import('./catalog-option.ts')])
