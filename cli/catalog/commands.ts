import type { Command } from 'commander'

type Finish = (code: number) => void

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Declares `barline catalog check`, `diff` and `release`. */
export function registerCatalogCommands(program: Command, finish: Finish): void {
  const catalog = program
    .command('catalog')
    .description('what was released of indicators, features, packs, views, schemas, recipes and models')
  catalog
    .command('check')
    .description('refuse any change of meaning of what was released, naming the cell; exit code 1 if there is one')
    .action(async () => finish((await import('./catalog.ts')).checkCatalog(print)))
  catalog
    .command('diff')
    .description('every change since the release: new, extended, words only, or refused')
    .action(async () => finish((await import('./catalog.ts')).diffCatalog(print)))
  catalog
    .command('release')
    .description('record what is new in catalog/released.lock, and a version of each schema that has grown')
    .action(async () => finish((await import('./catalog.ts')).releaseCatalog(print)))
}
