import { join } from 'node:path'
import { loadIndicatorCatalog } from '../catalog/indicators.ts'
import { projectRoot } from '../catalog/project-root.ts'
import { resolveView } from '../catalog/views.ts'
import { loadModel } from '../models/model-loader.ts'
import { createBlend } from '../processors/blend/blend.ts'
import { createBreadth } from '../processors/breadth/breadth.ts'
import { createEngine } from '../processors/engine/engine.ts'
import { createFeaturesProcessor } from '../processors/features/features.ts'
import { createIndicatorEngine } from '../processors/indicators/engine.ts'
import { createInference } from '../processors/inference/inference.ts'
import { createIngest, ingestInputs } from '../processors/ingest/ingest.ts'
import type { ClickHouse } from '../sink/clickhouse-client.ts'
import { createSink } from '../sink/sink.ts'
import type { TableDefinition } from '../sink/table-definition.ts'
import type { ProcessorDefinition } from '../streams/definition.ts'
import { type ProcessorName, topics } from '../topics/topics.ts'
import type { Market } from './market.ts'

/** What the chain is made with beside the catalog. */
export type ChainContext = {
  readonly market: Market
  /** ClickHouse and its tables, for the sink. */
  readonly store: () => { readonly client: ClickHouse; readonly tables: readonly TableDefinition[] }
}

const dailyView = 'core_pack_1d'
const champion = join(projectRoot(), 'models', 'equity_daily_momentum', '1')

type Define = (context: ChainContext) => ProcessorDefinition

const definitions: Record<ProcessorName, Define> = {
  ingest: ({ market }) => ({
    name: 'ingest',
    kind: 'fold-from-output',
    fanIn: false,
    inputs: ingestInputs,
    restoresFrom: 'tape',
    create: () => createIngest({ graceMs: market.grid.graceMs }),
  }),
  engine: () => {
    const indicators = createIndicatorEngine(loadIndicatorCatalog())
    return { name: 'engine', kind: 'fold', fanIn: false, inputs: ['tape'], create: () => createEngine({ indicators }) }
  },
  breadth: ({ market }) => ({
    name: 'breadth',
    kind: 'fold',
    fanIn: true,
    inputs: ['indicators'],
    create: ({ partitions }) => createBreadth({ partitions, grid: market.grid }),
  }),
  features: ({ market }) => {
    const view = resolveView(dailyView)
    return {
      name: 'features',
      kind: 'fold',
      fanIn: false,
      inputs: ['indicators', 'market-state'],
      create: () => createFeaturesProcessor({ view, grid: market.grid }),
    }
  },
  inference: () => ({
    name: 'inference',
    kind: 'chunk',
    fanIn: false,
    inputs: [`features.${dailyView}`],
    create: async ({ runId }) => createInference({ models: [await loadModel(champion)], runId }),
  }),
  blend: ({ market }) => ({
    name: 'blend',
    kind: 'fold',
    fanIn: true,
    inputs: ['scores.raw'],
    create: ({ partitions, runId }) => createBlend({ partitions, grid: market.grid, runId, blend: dailyBlend }),
  }),
  sink: ({ store }) => {
    const { client, tables } = store()
    const stored = topics.filter(({ id }) => tables.some(({ topic }) => topic === id)).map(({ id }) => id)
    return {
      name: 'sink',
      kind: 'chunk',
      fanIn: false,
      inputs: stored,
      chunkRecords: 5_000,
      create: async ({ runId }) => createSink({ client, tables, runId }),
    }
  },
}

const dailyBlend = { blend_id: 'equity_daily', blend_version: '1', model_id: 'equity_daily_momentum', timeframe: '1d' }

/** What the runtime needs to run a processor of the chain. Throws `CatalogError` when the catalog cannot be honoured. */
export function defineProcessor(name: ProcessorName, context: ChainContext): ProcessorDefinition {
  return definitions[name](context)
}

/** Inputs of every processor, in the order of the path of a bar. */
export function chainInputs(): { name: ProcessorName; inputs: readonly string[] }[] {
  const stored = topics
    .filter(({ status, records }) => status === 'active' && records.some(({ table }) => table))
    .map(({ id }) => id)
  return [
    { name: 'ingest', inputs: ingestInputs },
    { name: 'engine', inputs: ['tape'] },
    { name: 'breadth', inputs: ['indicators'] },
    { name: 'features', inputs: ['indicators', 'market-state'] },
    { name: 'inference', inputs: ['features.core_pack_1d'] },
    { name: 'blend', inputs: ['scores.raw'] },
    { name: 'sink', inputs: stored },
  ]
}
