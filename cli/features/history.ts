import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { FeatureValue } from '../../serve/features/answer.ts'
import { streamHistory } from '../../serve/features/training-set.ts'
import type { Config } from '../config.ts'
import { withFeatureService } from './open.ts'
import { parseTime } from './parse-time.ts'

/** How `barline features history` was asked. */
export type HistoryCommand = {
  readonly symbols: readonly string[]
  readonly from: string
  readonly to: string
  readonly pack: string
  readonly timeframe: string
  readonly features?: readonly string[]
  readonly arrow?: string
}

/** `barline features history`: prints rows as CSV, or writes an Arrow stream to a file. */
export async function runHistory(config: Config, command: HistoryCommand): Promise<void> {
  const { symbols, pack: packId, timeframe: timeHorizon, features, arrow } = command
  const span = { from: parseTime(command.from, '--from'), to: parseTime(command.to, '--to') }
  const request = { symbols, ...span, packId, timeHorizon, features }
  await withFeatureService(config, 1, async (service) => {
    if (arrow !== undefined) {
      await pipeline(await streamHistory(service, request), createWriteStream(arrow))
      process.stdout.write(`${arrow}\n`)
      return
    }
    const answer = await service.getHistory(request)
    process.stdout.write(`${['symbol', 'ts', 'known_at', 'fill_rate', ...answer.features].join()}\n`)
    for (const { symbol, ts, known_at: knownAt, quality, values } of answer.rows) {
      process.stdout.write(`${[symbol, ts, knownAt, quality.fill_rate ?? '', ...values.map(cell)].join()}\n`)
    }
  })
}

function cell(value: FeatureValue): string {
  if (value === null) return ''
  return typeof value === 'object' ? `"[${value.join(',')}]"` : String(value)
}
