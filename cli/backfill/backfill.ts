import type { RecordCodec } from '../../avro/codec.ts'
import { partitionOfKey } from '../../streams/kafka/partitioner.ts'
import type { Log } from '../../streams/port.ts'
import type { Market } from '../market.ts'
import { readCorrectionFiles } from './correction-files.ts'
import type { CorrectionContext } from './corrections.ts'
import { type BackfillPlan, planBackfill, runIdOf } from './plan.ts'
import { type RebuildOptions, type Rebuilt, rebuild } from './rebuild.ts'
import { RunDiffersError } from './run-writer.ts'
import { makeStages } from './stages.ts'
import { recordCorrections } from './write-log.ts'

/** What a backfill is done with. */
export type BackfillOptions = Pick<RebuildOptions, 'baseRunId' | 'release' | 'now' | 'createTopics' | 'onProgress'> & {
  readonly log: Log
  readonly codec: RecordCodec
  readonly partitions: number
  readonly market: Market
  readonly symbol: string
  /** First close of the rows wanted, UTC epoch milliseconds; without it that of the first corrected bar. */
  readonly fromTs?: number | undefined
  /** Files of corrected bars. */
  readonly files: readonly string[]
}

/** What a backfill did. */
export type Backfilled = {
  readonly context: CorrectionContext
  readonly plan: BackfillPlan
  readonly rebuilt: Rebuilt
  /** Lines of files that are of other symbols. */
  readonly otherSymbols: number
}

/**
 * Rebuilds the outputs of one symbol from its tape as it should have been, on topics of a run of its own; the live topics and
 * what is committed of them are only read. Corrected bars of files are put into the log first. Throws
 * `BackfillRefusedError` when there is nothing to correct or it cannot be done as asked.
 */
export async function backfill(options: BackfillOptions): Promise<Backfilled> {
  const { log, codec, partitions, market, symbol, fromTs, now, createTopics } = options
  const partition = partitionOfKey(symbol, partitions)
  const { reportsVolume, grid } = market
  const context = { log, codec, partition, symbol, graceMs: grid.graceMs, reportsVolume }
  const files = await readCorrectionFiles(options.files, symbol, market.calendarOf)
  const plan = await planBackfill({ ...context, partitions, fromTs, files, now: now() })
  if (createTopics !== undefined) await recordCorrections(context, plan.unrecorded)
  for (let attempt = 1; ; attempt += 1) {
    const runId = runIdOf(context, plan, attempt)
    const stages = await makeStages(market, { partition, partitions, runId })
    try {
      const rebuilt = await rebuild({ ...options, plan, runId, symbol, partition, graceMs: grid.graceMs, stages })
      return { context, plan, rebuilt, otherSymbols: files.otherSymbols }
    } catch (error) {
      if (!(error instanceof RunDiffersError)) throw error
    }
  }
}
