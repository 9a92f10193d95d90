import { bitsAreSteady } from './bit-check.ts'
import { type GoldenRows, inputIds, type ModelRecord } from './model-record.ts'
import { ModelRefusedError } from './model-refused-error.ts'
import { createRowScorer, type Graph, type RowScorer, type ScoringMode } from './row-scorer.ts'

/**
 * The scorer of a graph that reproduces the golden rows: in padded batches if their bits are the same at every position and beside
 * other neighbours, else row by row. Throws {@link ModelRefusedError} `MODEL_GOLDEN_MISMATCH` on a score further off than the
 * record's tolerance, `MODEL_RECORD_INVALID` if the golden rows are of other features.
 */
export async function createCheckedScorer(
  graph: Graph,
  record: ModelRecord,
  golden: GoldenRows,
  model: string,
): Promise<RowScorer> {
  const ids = inputIds(record)
  if (golden.features.join() !== ids.join() || golden.rows.some(({ features }) => features.length !== ids.length)) {
    throw new ModelRefusedError('MODEL_RECORD_INVALID', model, 'the golden rows are not of the features of the record')
  }
  const rows = Float32Array.from(golden.rows.flatMap(({ features }) => features))
  const output = record.onnx.outputs[0]?.name ?? ''
  const scorerOf = (mode: ScoringMode) => createRowScorer(graph, record.onnx.input.name, output, ids.length, mode)
  const batched = scorerOf('batch')
  const scorer = (await bitsAreSteady(batched, rows, ids.length)) ? batched : scorerOf('row')
  const scores = await scorer.score(rows)
  for (const [index, { symbol, ts, p_up }] of golden.rows.entries()) {
    const score = scores[index] ?? Number.NaN
    if (Math.abs(score - p_up) <= record.golden.tolerance) continue
    const row = `golden row ${index} (${symbol} ${new Date(ts).toISOString()})`
    const problem = `${row} scores ${score} here and ${p_up} at training, more than ${record.golden.tolerance} apart`
    throw new ModelRefusedError('MODEL_GOLDEN_MISMATCH', model, problem)
  }
  return scorer
}
