import type { ChunkProcessor, DataRecord, Emit, InputRecord, RememberingProcessor } from '../processor.ts'
import type { Refusal } from '../refusal.ts'
import { type Reading, readFeatures } from './feature-vector.ts'
import { RAW_SCORES, rawScore } from './raw-score.ts'
import { createRowMemory, type Remembered, type RowMemory } from './row-memory.ts'
import type { ScoringModel } from './scoring-model.ts'

/** `models`: versions that score the same view, champion and shadows alike. `runId`: `live`, or the run of a replay or backfill. */
export type InferenceOptions = { readonly models: readonly ScoringModel[]; readonly runId: string }

/** How many (feature row, model) pairs came to what, since the processor was made. */
type InferenceCounts = {
  readonly scored: number
  readonly incomplete: number
  readonly outsideUniverse: number
  readonly refused: number
}

/** Inference, and what it has done so far. It remembers rows if a model has inputs derived of the rows before. */
export type Inference = (ChunkProcessor | RememberingProcessor) & { counts(): InferenceCounts }

/** One feature row as each model sees it; `slots` is where its row stands among those that the model scores in this chunk. */
type Plan = { readonly record: DataRecord; readonly readings: readonly Reading[]; readonly slots: readonly number[] }

/**
 * Scores feature rows: topic `features.<view>` -> `scores.raw`, one record per row and model, in order of the rows and then of the
 * models; markers pass on in their place. A row of a symbol outside a model's universe is only counted; one that lacks a feature
 * gives a score of status `incomplete_features` without outputs. If any model refuses a row (another contract, a feature or output
 * that is not a number), none scores it and it becomes a dead letter. The bits of a score depend on its row alone, and on the rows of its
 * symbol before it where the model has derived inputs: these take in every row of its universe, whatever its score came to; a null
 * or a row of another contract is a gap in them.
 *
 * Throws RangeError unless the models score one view and differ in id or version.
 */
export function createInference({ models, runId }: InferenceOptions): Inference {
  checkModels(models)
  const counts = { scored: 0, incomplete: 0, outsideUniverse: 0, refused: 0 }
  const memory = createRowMemory(models)

  const emitScores = ({ record, readings, slots }: Plan, scores: readonly Float32Array[], emit: Emit): void => {
    const pUps = models.map((_, index) => scores[index]?.[slots[index] ?? -1] ?? null)
    const refusal = readings.reduce(
      (found, reading, index) => found ?? refusalOf(reading, models[index], pUps[index]),
      undefined as Refusal | undefined,
    )
    if (refusal) {
      counts.refused += models.length
      emit.refuse(refusal)
      return
    }
    models.forEach((model, index) => {
      if (readings[index]?.kind === 'outside_universe') {
        counts.outsideUniverse += 1
        emit.leaveOut('OUTSIDE_UNIVERSE')
        return
      }
      const pUp = pUps[index] ?? null
      if (pUp === null) counts.incomplete += 1
      else counts.scored += 1
      emit.record(rawScore(record, model, runId, pUp))
    })
  }

  const applyChunk = async (records: readonly InputRecord[], emits: (index: number) => Emit): Promise<void> => {
    const { plans, vectors } = planChunk(records, models, memory)
    const scores: Float32Array[] = []
    for (const [index, model] of models.entries()) {
      scores.push(await model.score(Float32Array.from((vectors[index] ?? []).flat())))
    }
    records.forEach((record, index) => {
      const emit = emits(index)
      const plan = plans[index]
      if (record.kind === 'marker') emit.marker(RAW_SCORES, record.marker)
      else if (plan) emitScores(plan, scores, emit)
    })
  }

  if (memory === undefined) return { counts: () => ({ ...counts }), applyChunk }
  return {
    counts: () => ({ ...counts }),
    applyChunk: (records, emits) => memory.attempt(() => applyChunk(records, emits)),
    remember(record) {
      if (record.kind === 'data') memory.take(record)
    },
    layoutHash: memory.layoutHash,
    snapshot: () => ({ rows: memory.snapshot() }),
    restore: ({ rows }) => memory.restore(rows as readonly Remembered[]),
  }
}

function planChunk(records: readonly InputRecord[], models: readonly ScoringModel[], memory: RowMemory | undefined) {
  const vectors: (readonly number[])[][] = models.map(() => [])
  const plans = records.map((record): Plan | undefined => {
    if (record.kind === 'marker') return undefined
    const derived = memory?.take(record)
    const readings = models.map((model, index) => readFeatures(record, model, derived?.[index]))
    const slots = readings.map((reading, index) =>
      reading.kind === 'complete' ? (vectors[index]?.push(reading.vector) ?? 0) - 1 : -1,
    )
    return { record, readings, slots }
  })
  return { plans, vectors }
}

function refusalOf(
  reading: Reading,
  model: ScoringModel | undefined,
  pUp: number | null | undefined,
): Refusal | undefined {
  if (reading.kind === 'refused') return reading.refusal
  if (reading.kind !== 'complete' || (typeof pUp === 'number' && Number.isFinite(pUp))) return undefined
  const message = `model ${model?.modelId}/${model?.modelVersion} gives p_up = ${pUp} for a complete row`
  return { reason: 'PROCESSING_FAILED', message }
}

function checkModels(models: readonly ScoringModel[]): void {
  const names = models.map(({ modelId, modelVersion }) => `${modelId}/${modelVersion}`)
  if (names.length === 0) throw new RangeError('Inference needs at least one model')
  if (new Set(names).size !== names.length) throw new RangeError(`A model version is named twice: ${names.join(', ')}`)
  if (new Set(models.map(({ view }) => view)).size > 1) {
    throw new RangeError(`Models of one inference score one view: ${models.map(({ view }) => view).join(', ')}`)
  }
}
