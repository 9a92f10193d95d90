import type { ProcessorDefinition } from '../../streams/definition.ts'
import { replayTopics } from '../../topics/replay-topics.ts'
import { type ProcessorName, topics } from '../../topics/topics.ts'
import { type ChainContext, chainInputs, defineProcessor, isFanIn } from '../chain.ts'

/** A processor of a replay and what it reads. */
export type ReplayedProcessor = { readonly name: ProcessorName; readonly inputs: readonly string[] }

/** The processors of a replay in the order of the path of a bar, and the topics that it is fed from. */
export type ReplayShape = { readonly processors: readonly ReplayedProcessor[]; readonly fed: readonly string[] }

/** What decides which processors a replay runs. */
export type ShapeOptions = { readonly isSubset: boolean; readonly hasTables: boolean }

/**
 * What a replay runs: everything behind the tape. Of a subset of symbols the cross-sections are left out: what the others read of
 * them is fed from the current run.
 */
export function replayShape({ isSubset, hasTables }: ShapeOptions): ReplayShape {
  const isLeftOut = (name: ProcessorName) =>
    name === 'ingest' || (isSubset && isFanIn(name)) || (name === 'sink' && !hasTables)
  const kept = chainInputs().filter(({ name }) => !isLeftOut(name))
  const names = new Set<string>(kept.map(({ name }) => name))
  const isOwn = (id: string) => topics.some((topic) => topic.id === id && names.has(topic.owner))
  const processors = kept.map(({ name, inputs }) => ({
    name,
    inputs: name === 'sink' ? inputs.filter(isOwn) : inputs,
  }))
  const read = processors.flatMap(({ inputs }) => inputs)
  return { processors, fed: [...new Set(read)].filter((id) => !isOwn(id)) }
}

/** The ids of the topics that a replay has. */
export function topicsOfShape({ processors, fed }: ReplayShape) {
  return replayTopics(
    processors.map(({ name }) => name),
    fed,
  )
}

/** Makes the processors of a replay as the chain makes them. */
export async function replayDefinitions(
  processors: readonly ReplayedProcessor[],
  context: ChainContext,
): Promise<ProcessorDefinition[]> {
  const definitions: ProcessorDefinition[] = []
  // One after the other: a module that is loaded twice at once is loaded no faster.
  for (const { name, inputs } of processors) definitions.push({ ...(await defineProcessor(name, context)), inputs })
  return definitions
}
