import { Presets, SingleBar } from 'cli-progress'
import type { FileKind } from '../load/file-kind.ts'
import { type LoadOptions, type LoadResult, load } from '../load/load.ts'
import { parseDuration } from '../load/parse-cells.ts'
import { type Addresses, findAddresses } from './addresses.ts'
import type { Config } from './config.ts'
import { connectCodec, openLog } from './connect.ts'
import { loadMarket } from './market.ts'

const refusalsShown = 20

/** A progress bar on a terminal, and a line at every tenth elsewhere. */
export function progressBar(title: string): { update(done: number, total: number): void; stop(): void } {
  if (!process.stdout.isTTY) {
    let tenths = 0
    return {
      update(done, total) {
        const now = Math.floor((10 * done) / Math.max(1, total))
        if (now > tenths) process.stdout.write(`${title} ${now * 10}% (${done} of ${total})\n`)
        tenths = Math.max(tenths, now)
      },
      stop() {},
    }
  }
  const bar = new SingleBar(
    { format: `${title} {bar} {percentage}% {value}/{total} {eta_formatted} left` },
    Presets.shades_classic,
  )
  let isStarted = false
  return {
    update(done, total) {
      if (!isStarted) bar.start(total, 0)
      isStarted = true
      bar.update(done)
    },
    stop: () => bar.stop(),
  }
}

/** Loads files with a progress bar, saying per line what was refused. */
export async function loadFiles(
  files: readonly string[],
  config: Config,
  addresses: Addresses,
  options: Pick<LoadOptions, 'delayMs' | 'publishedAfterMs' | 'kind' | 'paceTail'>,
): Promise<LoadResult> {
  const log = openLog(config, addresses, 'barline-load')
  const market = loadMarket()
  const bar = progressBar('loading')
  let refused = 0
  try {
    const codec = await connectCodec(config, addresses, ['loaders'])
    return await load(files, {
      log,
      codec,
      partitions: config.partitions,
      graceMs: market.grid.graceMs,
      calendarOf: market.calendarOf,
      ...options,
      onProgress: (done, total) => bar.update(done, total),
      onRefused: (file, line, why) => {
        refused += 1
        if (refused <= refusalsShown) process.stderr.write(`${file}:${line}: ${why}\n`)
        if (refused === refusalsShown + 1) process.stderr.write('… further refused lines are only counted\n')
      },
    })
  } finally {
    bar.stop()
    await log.close()
  }
}

/** What `barline load` is asked for; durations as text. */
export type LoadCommand = { readonly delay: string; readonly publishedAfter?: string; readonly kind?: FileKind }

/** `barline load`. Resolves to the exit code: 0 when every line was loaded, now or before; 2 when some were refused. */
export async function runLoad(
  files: readonly string[],
  config: Config,
  { delay, publishedAfter, kind }: LoadCommand,
): Promise<number> {
  const publishedAfterMs = publishedAfter === undefined ? undefined : parseDuration(publishedAfter)
  const options = { delayMs: parseDuration(delay), publishedAfterMs, kind }
  const result = await loadFiles(files, config, findAddresses(config), options)
  process.stdout.write(
    `${result.produced} records and ${result.markers} clock markers loaded, ${result.refused} lines refused, ` +
      `${result.skippedRows} rows had been loaded before\n`,
  )
  return result.refused > 0 ? 2 : 0
}
