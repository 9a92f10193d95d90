import { createHash } from 'node:crypto'
import { type BarriersSnapshot, type Closing, createBarriers } from '../fan-in/barriers.ts'
import { eventTime } from '../fan-in/event-time.ts'
import type { FanInOptions, FanInProcessor } from '../fan-in/fan-in.ts'
import { DEFAULT_MAX_BARRIERS_AHEAD, selectFurthestBehind } from '../fan-in/select.ts'
import type { DataRecord, Emit, RestorableProcessor } from '../processor.ts'
import { type BlendStage, type CrossSection, type RawScore, rowOf } from './cross-section.ts'
import { scoreRecord } from './score-record.ts'
import { createWaitingScores, type WaitingGroup } from './waiting-scores.ts'

const RAW_SCORE = 'barline.scores.RawScore'

/** A blend of one champion model on one timeframe. Without `model_version` any version of the model is the champion. */
export type BlendConfig = {
  readonly blend_id: string
  readonly blend_version: string
  readonly model_id: string
  readonly model_version?: string
  readonly timeframe: string
}

/** What blend is made with. `stages` run in order on each cross-section; none = the champion's scores as they are. */
export type BlendOptions = FanInOptions & {
  readonly runId: string
  readonly blend: BlendConfig
  readonly stages?: readonly BlendStage[]
}

/** Version of what a snapshot holds; a change of its meaning must raise it. */
const STATE_VERSION = 1

/** All that blend knows, as data. Good for the same `layoutHash` only. */
export type BlendSnapshot = {
  readonly layoutHash: string
  readonly barriers: BarriersSnapshot
  readonly waiting: readonly WaitingGroup[]
  readonly notInBlend: number
}

/** Blend, and how many raw scores it has read that are not of its model and timeframe. They stay in `scores.raw`. */
export interface BlendProcessor extends FanInProcessor, RestorableProcessor {
  readonly notInBlend: number
  snapshot(): BlendSnapshot
  restore(snapshot: BlendSnapshot): void
}

/**
 * Turns raw scores into the scores that strategies act on, a cross-section at a time. The scores with one `ts` are a
 * cross-section; it closes with the first barrier at or after `ts`, so a `ts` off the grid waits for the next grid time.
 * A score that comes when its own partition has passed that barrier is outside its set: it is refused as late.
 */
export function createBlend(options: BlendOptions): BlendProcessor {
  const { partitions, grid, runId, blend, stages = [], maxBarriersAhead = DEFAULT_MAX_BARRIERS_AHEAD } = options
  const identity = { blend_id: blend.blend_id, blend_version: blend.blend_version, run_id: runId }
  const barriers = createBarriers(partitions, grid)
  const waiting = createWaitingScores(partitions)
  const layoutHash = createHash('sha256')
    .update(JSON.stringify(['blend', STATE_VERSION, blend]))
    .digest('hex')
  let notInBlend = 0

  const isChampion = (score: RawScore): boolean =>
    score.model_id === blend.model_id &&
    score.timeframe === blend.timeframe &&
    (blend.model_version === undefined || score.model_version === blend.model_version)

  const applyScore = ({ value, partition }: DataRecord, emit: Emit): void => {
    const score = value as RawScore
    const passed = barriers.newestPassed(partition)
    if (!isChampion(score)) notInBlend += 1
    else if (score.ts <= passed) {
      const message = `Its partition has passed the barrier ${passed}, the score is of ${score.ts}`
      emit.refuse({ reason: 'LATE', message })
    } else {
      const known = waiting.add(partition, score)
      if (known === undefined) return
      if (known.score_id === score.score_id) emit.duplicate()
      else emit.refuse({ reason: 'REVISION', message: `Score ${known.score_id} of the same symbol and ts waits` })
    }
  }

  const release = ({ upTo, knownAt }: Closing, emit: Emit): void => {
    for (const { ts, scores } of waiting.take(upTo)) {
      const rows = scores.map(({ partition, score }) => rowOf(partition, score))
      const section: CrossSection = { timeframe: blend.timeframe, ts, known_at: knownAt, rows }
      const blended = stages.reduce((before, stage) => stage(before), section)
      for (const row of blended.rows) emit.record(scoreRecord(identity, blended, row))
    }
  }

  return {
    layoutHash,
    get notInBlend() {
      return notInBlend
    },
    laggards: barriers.laggards,
    select: (heads) => selectFurthestBehind(heads, barriers, maxBarriersAhead),
    apply(record, emit) {
      if (record.kind === 'data' && record.recordName !== RAW_SCORE) {
        const message = `${record.topic} carries no ${record.recordName}`
        return emit.refuse({ reason: 'UNEXPECTED_RECORD', message })
      }
      const time = eventTime(record)
      if (!time) return emit.refuse({ reason: 'NOT_FINITE', message: 'ts or known_at is not a finite number' })
      if (record.kind === 'data') applyScore(record, emit)
      for (const closing of barriers.advance(record.partition, time.ts, time.knownAt)) release(closing, emit)
    },
    snapshot: () => ({ layoutHash, barriers: barriers.snapshot(), waiting: waiting.snapshot(), notInBlend }),
    restore(snapshot) {
      if (snapshot.layoutHash !== layoutHash) {
        throw new RangeError(`Cannot restore layout ${snapshot.layoutHash} into layout ${layoutHash}`)
      }
      barriers.restore(snapshot.barriers)
      waiting.restore(snapshot.waiting)
      notInBlend = snapshot.notInBlend
    },
  }
}
