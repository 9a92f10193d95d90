import type { Config } from '../config.ts'
import { BackfillRefusedError } from './backfill-error.ts'
import type { BackfillCommand } from './command.ts'

/** What `barline backfill` is asked for: corrected bars of a symbol, or features that older rows lack. */
export type AnyBackfillCommand = Omit<BackfillCommand, 'symbol'> & {
  readonly symbol?: string
  readonly features?: string
  readonly view: string
}

/** `barline backfill`. Resolves to the exit code. Throws `BackfillRefusedError` on options that do not go together. */
export async function runAnyBackfill(
  config: Config,
  command: AnyBackfillCommand,
  print: (line: string) => void,
): Promise<number> {
  const { features, symbol, view, dryRun = false } = command
  if (features !== undefined) {
    if (command.corrections !== undefined || command.from !== undefined) {
      throw new BackfillRefusedError(
        '--features fills all rows there are: it goes with neither --corrections nor --from',
      )
    }
    const { runFeatureBackfill } = await import('./features-command.ts')
    return runFeatureBackfill(config, { features, view, dryRun, ...(symbol === undefined ? {} : { symbol }) }, print)
  }
  if (symbol === undefined) {
    throw new BackfillRefusedError('Name the --symbol whose bars are corrected, or the --features to fill')
  }
  const { runBackfill } = await import('./command.ts')
  return runBackfill(config, { ...command, symbol }, print)
}
