import type { ProcessorDefinition } from '../../streams/definition.ts'
import { defineProcessor } from '../chain.ts'
import type { Market } from '../market.ts'
import type { Stages } from './symbol-chain.ts'

const noStore = (): never => {
  throw new Error('The stages of a backfill keep nothing in ClickHouse')
}

/** Makes the processors up to features, of which a backfill of features runs no more. */
export async function makeFeatureStages(
  market: Market,
  context: { readonly partition: number; readonly partitions: number; readonly runId: string },
): Promise<Pick<Stages, 'engine' | 'features'>> {
  const define = (name: 'engine' | 'features') => defineProcessor(name, { market, store: noStore })
  const [engine, features] = [await define('engine'), await define('features')]
  return { engine: foldOf(engine).create(context), features: foldOf(features).create(context) }
}

/** Makes the processors of the chain that a backfill runs, for one partition and the scores of a run. */
export async function makeStages(
  market: Market,
  context: { readonly partition: number; readonly partitions: number; readonly runId: string },
): Promise<Stages> {
  const folds = await makeFeatureStages(market, context)
  const inference = await defineProcessor('inference', { market, store: noStore })
  if (inference.kind !== 'chunk') throw kindError(inference)
  return { ...folds, inference: { reads: inference.inputs, processor: await inference.create(context) } }
}

function foldOf(definition: ProcessorDefinition) {
  if (definition.kind !== 'fold') throw kindError(definition)
  return definition
}

function kindError({ name, kind }: ProcessorDefinition): Error {
  return new Error(`A backfill cannot run ${name} as a ${kind}`)
}
