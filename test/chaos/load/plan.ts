import type { RecordCodec } from '../../../avro/codec.ts'
import type { Market } from '../../../cli/market.ts'
import { load } from '../../../load/load.ts'
import { MemoryLog } from '../../../streams/memory/memory-log.ts'
import type { OutgoingRecord } from '../../../streams/port.ts'
import { seededRandom } from '../../streams/support/random.ts'
import { watchedLog } from '../../support/watched-log.ts'
import { type MarketSize, writeMarket } from './market-files.ts'
import { type LoadedBar, makeNoise, type Noise } from './noise.ts'

/** What one transaction of the load writes. The load may end behind one that `isEnd`: the clock has then passed all bars. */
export type LoadStep = {
  readonly records: readonly OutgoingRecord[]
  readonly noise: readonly Noise[]
  readonly isEnd: boolean
  readonly isSteady: boolean
}

/** What a plan is made from. */
export type PlanOptions = MarketSize & {
  readonly dir: string
  readonly codec: RecordCodec
  readonly market: Market
  readonly partitions: number
  /** Chance of a piece of noise for each bar of a partition in a step of the steady part. */
  readonly noiseShare: number
}

const usualDelayMs = 1_000
const historyRecordsPerStep = 1_500
const steadyStepMs = 3_600_000

/** The transactions in which `barline load` would write these files, one for each distinct time. */
async function loadedGroups(paths: readonly string[], options: PlanOptions): Promise<OutgoingRecord[][]> {
  const { codec, market, partitions } = options
  const groups: OutgoingRecord[][] = []
  const log = watchedLog(new MemoryLog({ partitions, singlePartition: ['loads'] }), (_id, { records }) => {
    groups.push(records.filter(({ topic }) => topic !== 'loads'))
  })
  const paceTail = { groups: Number.POSITIVE_INFINITY, intervalMs: 0 }
  const { calendarOf } = market
  const { graceMs } = market.grid
  await load(paths, { log, codec, partitions, delayMs: usualDelayMs, graceMs, calendarOf, paceTail })
  return groups
}

const timeOf = (group: readonly OutgoingRecord[]): number => Math.max(...group.map(({ timestamp }) => timestamp))
const endsWithMarker = (group: readonly OutgoingRecord[]): boolean => group.at(-1)?.topic === 'clock'

/** Puts groups together: of the history as many as a transaction takes, in the steady part those of an hour of the market. */
function gatherGroups(groups: readonly OutgoingRecord[][], steadyFromMs: number): OutgoingRecord[][] {
  const gathered: { records: OutgoingRecord[]; startedAt: number }[] = []
  for (const group of groups) {
    const time = timeOf(group)
    const last = gathered.at(-1)
    const fits =
      last &&
      (time < steadyFromMs
        ? last.records.length < historyRecordsPerStep
        : last.startedAt >= steadyFromMs && time < last.startedAt + steadyStepMs)
    if (last && fits) last.records.push(...group)
    else gathered.push({ records: [...group], startedAt: time })
  }
  return gathered.map(({ records }) => records)
}

/** Adds noise behind the bars of a step: always behind the newest bar of its partition, so that it stands there for good. */
class NoiseMaker {
  readonly #options: PlanOptions
  readonly #random: () => number
  readonly #older = new Map<number, LoadedBar>()

  constructor(options: PlanOptions) {
    this.#options = options
    this.#random = seededRandom(options.seed ^ 0x5eed)
  }

  behind(records: readonly OutgoingRecord[]): Noise[] {
    const { codec, noiseShare } = this.#options
    const newest = new Map<number, LoadedBar>()
    for (const record of records) {
      if (record.topic !== 'market.bars') continue
      const decoded = codec.decode(record.topic, record.value)
      if (decoded.kind === 'value') newest.set(record.partition, { record, value: decoded.value })
    }
    const noise: Noise[] = []
    for (const [partition, bar] of newest) {
      const older = this.#older.get(partition)
      if (older && this.#random() < noiseShare) noise.push(makeNoise(codec, this.#random, bar, older))
      this.#older.set(partition, bar)
    }
    return noise
  }
}

/** The whole load of a seed, step by step, as it is to be written; the same whenever it is made. */
export async function planSteadyLoad(options: PlanOptions): Promise<LoadStep[]> {
  const { paths, steadyFromMs } = writeMarket(options.dir, options)
  const noiseMaker = new NoiseMaker(options)
  return gatherGroups(await loadedGroups(paths, options), steadyFromMs).map((records) => {
    const isSteady = timeOf(records) >= steadyFromMs
    const noise = isSteady ? noiseMaker.behind(records) : []
    const all = [...records, ...noise.map(({ record }) => record)]
    return { records: all, noise, isEnd: endsWithMarker(records), isSteady }
  })
}
