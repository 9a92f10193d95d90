import { inputIds, type ModelRecord } from './model-record.ts'
import { ModelRefusedError } from './model-refused-error.ts'
import type { Graph, GraphPort } from './row-scorer.ts'

/** Throws {@link ModelRefusedError} `MODEL_SHAPE_MISMATCH` unless a graph takes and gives exactly what the record says, by name. */
export function checkGraph(graph: Graph, record: ModelRecord, model: string): void {
  const { length } = inputIds(record)
  if (record.onnx.input.width !== length) {
    const problem = `input ${record.onnx.input.name} has ${record.onnx.input.width} columns for ${length} features`
    throw new ModelRefusedError('MODEL_SHAPE_MISMATCH', model, problem)
  }
  comparePorts('input', graph.inputs, [record.onnx.input], model)
  comparePorts('output', graph.outputs, record.onnx.outputs, model)
}

type PortRecord = { readonly name: string; readonly dtype: string; readonly width: number }

function comparePorts(side: string, found: readonly GraphPort[], expected: readonly PortRecord[], model: string): void {
  const describe = (name: string, type: string, width: number | undefined) => `${name} ${type} [N, ${width ?? '?'}]`
  const given = found.map(({ name, type, width }) => describe(name, type, width)).join(', ')
  const wanted = expected.map(({ name, dtype, width }) => describe(name, dtype, width)).join(', ')
  if (given === wanted) return
  throw new ModelRefusedError('MODEL_SHAPE_MISMATCH', model, `its ${side} is ${given}, the record says ${wanted}`)
}
