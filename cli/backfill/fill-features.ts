import { createHash } from 'node:crypto'
import type { RecordCodec } from '../../avro/codec.ts'
import { contractHeaders } from '../../catalog/contract.ts'
import { featureNamed } from '../../catalog/features.ts'
import { didYouMean } from '../../catalog/nearest-names.ts'
import type { ResolvedView } from '../../catalog/views.ts'
import { partitionOfKey } from '../../streams/kafka/partitioner.ts'
import type { Log } from '../../streams/port.ts'
import { BACKFILL_PREFIX } from '../../topics/run-topics.ts'
import type { Market } from '../market.ts'
import { BackfillRefusedError } from './backfill-error.ts'
import { abandonedOffsets, type BackfillPlan } from './plan.ts'
import { dataOf, endOf, readAll } from './read-log.ts'
import { type FeatureFill, type RebuildOptions, type Rebuilt, rebuild } from './rebuild.ts'
import { RUNS } from './runs.ts'
import { surveyTape } from './survey.ts'
import type { Stages } from './symbol-chain.ts'

/** What a backfill of features is done with. */
export type FillOptions = Pick<RebuildOptions, 'baseRunId' | 'release' | 'now' | 'createTopics' | 'onProgress'> & {
  readonly log: Log
  readonly codec: RecordCodec
  readonly partitions: number
  readonly market: Market
  readonly symbol: string
  readonly view: ResolvedView
  /** Ids of the features. */
  readonly features: readonly string[]
  readonly makeStages: (context: {
    readonly partition: number
    readonly partitions: number
    readonly runId: string
  }) => Promise<Pick<Stages, 'engine' | 'features'>>
}

/** What is said of a row as a whole changes with the features that it has. */
const QUALITY = ['fill_rate', 'measured_rate', 'staleness_bars']

/**
 * Fills features of a view that its older rows do not have, for one symbol, from the tape, on a topic of a run of its own. The rows of
 * the run are the live ones with those features: where any other feature would have another value, nothing is finished. Throws
 * `BackfillRefusedError` on that, on an unknown feature, and where corrections of the symbol are in force.
 */
export async function fillFeatures(options: FillOptions): Promise<Rebuilt> {
  const { log, codec, partitions, market, symbol, view, features, makeStages } = options
  const fill = fillOf(view, features)
  const partition = partitionOfKey(symbol, partitions)
  await checkNotCorrected(log, codec, partition, symbol)
  const plan = await planFill(log, codec, partition, symbol)
  const decisive = [symbol, plan.tapeEnd, plan.stateEnd, view.id, features, contractHeaders(view)]
  const runId = BACKFILL_PREFIX + createHash('sha256').update(JSON.stringify(decisive)).digest('hex').slice(0, 16)
  const stages = await makeStages({ partition, partitions, runId })
  return rebuild({ ...options, plan, runId, symbol, partition, graceMs: market.grid.graceMs, stages, fill })
}

/** The symbols that have a record on the tape, in the order of their letters. */
export async function symbolsOnTape(log: Log, codec: RecordCodec, partitions: number): Promise<readonly string[]> {
  const symbols = new Set<string>()
  for (let partition = 0; partition < partitions; partition += 1) {
    for await (const batch of readAll(log, codec, { topic: 'tape', partition })) {
      for (const record of batch) {
        if (record.kind === 'data' && record.value.timeframe !== undefined) symbols.add(record.key)
      }
    }
  }
  return [...symbols].sort()
}

function fillOf(view: ResolvedView, ids: readonly string[]): FeatureFill {
  const named = ids.map((id) => {
    const feature = featureNamed(view.features, id)
    if (feature !== undefined) return feature
    const others = view.features.map((one) => one.id)
    throw new BackfillRefusedError(`view ${view.id} has no feature ${id}${didYouMean(id, others)}`)
  })
  const packs = view.packs.filter(({ features }) => features.some((feature) => named.includes(feature)))
  const fields = new Set([...QUALITY, ...named.map(({ id }) => id), ...packs.map(({ id }) => `imputed_${id}`)])
  return { topic: view.topic, isOurs: (field) => fields.has(field) }
}

/** The whole tape of the symbol, as it is. */
async function planFill(log: Log, codec: RecordCodec, partition: number, symbol: string): Promise<BackfillPlan> {
  const tapeEnd = await endOf(log, { topic: 'tape', partition })
  const stateEnd = await endOf(log, { topic: 'market-state', partition })
  const survey = await surveyTape(log, codec, { symbol, partition, end: tapeEnd, keys: new Set(), letters: [] })
  if (survey.ownRecords === 0)
    throw new BackfillRefusedError(`Nothing is known of ${symbol}: no record of it is on the tape`)
  const abandoned = await abandonedOffsets(log, { codec, partition })
  return { fromTs: 0, tapeEnd, stateEnd, survey, abandoned, corrections: [], unrecorded: [], refused: [] }
}

/** Rows that a correction has replaced are not those that the tape gives. */
async function checkNotCorrected(log: Log, codec: RecordCodec, partition: number, symbol: string): Promise<void> {
  const runs = await dataOf(log, codec, { topic: RUNS, partition })
  const inForce = runs.find(
    ({ value }) => value.symbol === symbol && value.adopted_at !== null && Number(value.corrected_bars) > 0,
  )
  if (inForce === undefined) return
  throw new BackfillRefusedError(
    `${symbol} is read from ${String(inForce.value.run_id)}, which corrects its bars: \`barline backfill --symbol ${symbol} --adopt\` ` +
      'rebuilds it with all features there are now',
  )
}
