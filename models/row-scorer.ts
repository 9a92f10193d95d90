import type { InferenceSession as Session } from 'onnxruntime-node'
import { InferenceSession, Tensor } from './onnx-runtime.ts'

/** Rows of one call of the runtime; the rest of a smaller batch is padded with zeros. */
export const BATCH_ROWS = 64

/** `batch`: fixed padded batches of {@link BATCH_ROWS}. `row`: one row a call, for a model whose bits depend on its neighbours. */
export type ScoringMode = 'batch' | 'row'

/** Scores rows of float32 features, each as if it were alone. */
export interface RowScorer {
  readonly mode: ScoringMode
  /** `rows` holds whole rows one after the other; gives one score a row. Throws RangeError on part of a row. */
  score(rows: Float32Array): Promise<Float32Array>
}

/** What an ONNX graph takes and gives: name, element type, and the width of its rows (undefined: not fixed, or not a matrix). */
export type GraphPort = { readonly name: string; readonly type: string; readonly width: number | undefined }

/** An ONNX graph ready to run on one thread. */
export type Graph = {
  readonly inputs: readonly GraphPort[]
  readonly outputs: readonly GraphPort[]
  readonly session: Session
}

/**
 * Loads an ONNX file for one thread. More threads, or a batch of another size, change the last bits of a score.
 * Throws what the runtime throws on a file that it cannot run.
 */
export async function openGraph(onnx: Uint8Array): Promise<Graph> {
  const session = await InferenceSession.create(onnx, {
    executionProviders: ['cpu'],
    executionMode: 'sequential',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  })
  return { session, inputs: session.inputMetadata.map(portOf), outputs: session.outputMetadata.map(portOf) }
}

/** A scorer over one input and one output of a graph. `width` = features of a row. */
export function createRowScorer(
  { session }: Graph,
  input: string,
  output: string,
  width: number,
  mode: ScoringMode,
): RowScorer {
  const rowsPerCall = mode === 'batch' ? BATCH_ROWS : 1
  return {
    mode,
    async score(rows) {
      const count = rows.length / width
      if (!Number.isInteger(count)) throw new RangeError(`${rows.length} numbers are not whole rows of ${width}`)
      const scores = new Float32Array(count)
      for (let start = 0; start < count; start += rowsPerCall) {
        const batch = new Float32Array(rowsPerCall * width)
        batch.set(rows.subarray(start * width, (start + rowsPerCall) * width))
        const results = await session.run({ [input]: new Tensor('float32', batch, [rowsPerCall, width]) }, [output])
        const given = results[output]?.data
        if (!(given instanceof Float32Array) || given.length !== rowsPerCall) {
          throw new RangeError(`Output ${output} does not hold ${rowsPerCall} float32 numbers`)
        }
        scores.set(given.subarray(0, Math.min(rowsPerCall, count - start)), start)
      }
      return scores
    },
  }
}

function portOf(port: Session.ValueMetadata): GraphPort {
  if (!port.isTensor) return { name: port.name, type: 'not a tensor', width: undefined }
  const width = port.shape.length === 2 ? port.shape[1] : undefined
  return { name: port.name, type: port.type, width: typeof width === 'number' ? width : undefined }
}
