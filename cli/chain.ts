import { join } from 'node:path'
import { loadSchemas } from '../avro/schemas.ts'
import { projectRoot } from '../catalog/project-root.ts'
import { ingestInputs } from '../processors/ingest/inputs.ts'
import type { StartAuditOptions } from '../sink/start-audit.ts'
import type { ProcessorDefinition } from '../streams/definition.ts'
import { type ProcessorName, processorNames, topics } from '../topics/topics.ts'
import type { Market } from './market.ts'

/** What the chain is made with beside the catalog. */
export type ChainContext = {
  readonly market: Market
  /** ClickHouse and its tables, for the sink, and what it does about rows that are missing there at its start. */
  readonly store: () => Promise<StartAuditOptions>
}

const dailyView = 'core_pack_1d'
const champion = join(projectRoot(), 'models', 'equity_daily_momentum', '1')

const inputs: Record<ProcessorName, readonly string[]> = {
  ingest: ingestInputs,
  engine: ['tape'],
  breadth: ['indicators'],
  features: ['indicators', 'market-state'],
  inference: [`features.${dailyView}`],
  blend: ['scores.raw'],
  sink: topics
    .filter(({ status, records }) => status === 'active' && records.some(({ table }) => table))
    .map(({ id }) => id),
}

/** Processors that run as one task over all partitions: their records are of all symbols. */
const fanIns: ReadonlySet<ProcessorName> = new Set<ProcessorName>(['breadth', 'blend'])

/** Whether a processor runs as one task over all partitions. */
export function isFanIn(name: ProcessorName): boolean {
  return fanIns.has(name)
}

type Define = (context: ChainContext) => Promise<ProcessorDefinition>

// Each loads only what it runs: seven processes start together, and loading modules is most of what a start costs.
const definitions: Record<ProcessorName, Define> = {
  ingest: async ({ market }) => {
    const { createIngest } = await import('../processors/ingest/ingest.ts')
    return {
      name: 'ingest',
      kind: 'fold-from-output',
      fanIn: false,
      inputs: inputs.ingest,
      restoresFrom: 'tape',
      create: () => createIngest({ graceMs: market.grid.graceMs, reportsVolume: market.reportsVolume }),
    }
  },
  engine: async ({ market }) => {
    const { createEngine } = await import('../processors/engine/engine.ts')
    const { createTimeframeEngines } = await import('../processors/engine/timeframe-engines.ts')
    const { stageOneRows } = await import('../catalog/stage-one.ts')
    const engines = createTimeframeEngines(stageOneRows())
    return {
      name: 'engine',
      kind: 'fold',
      fanIn: false,
      inputs: inputs.engine,
      create: () => createEngine({ engines, calendarOf: market.calendarOf, graceMs: market.grid.graceMs }),
    }
  },
  breadth: async ({ market }) => {
    const { createBreadth } = await import('../processors/breadth/breadth.ts')
    const { loadCrossSection } = await import('../catalog/cross-section.ts')
    const crossSection = loadCrossSection()
    return {
      name: 'breadth',
      kind: 'fold',
      fanIn: isFanIn('breadth'),
      inputs: inputs.breadth,
      create: ({ partitions }) => createBreadth({ partitions, grid: market.grid, ...crossSection }),
    }
  },
  features: async ({ market }) => {
    const { createFeaturesProcessor } = await import('../processors/features/features.ts')
    const { loadResolvedViews } = await import('../catalog/views.ts')
    const { checkViewSchemas } = await import('../avro/view-schema-check.ts')
    const views = loadResolvedViews()
    checkViewSchemas(views)
    return {
      name: 'features',
      kind: 'fold',
      fanIn: false,
      inputs: inputs.features,
      create: () => createFeaturesProcessor({ views, grid: market.grid }),
    }
  },
  inference: async () => {
    const { createInference } = await import('../processors/inference/inference.ts')
    const { loadModel } = await import('../models/model-loader.ts')
    return {
      name: 'inference',
      kind: 'chunk',
      fanIn: false,
      inputs: inputs.inference,
      create: async ({ runId }) => createInference({ models: [await loadModel(champion)], runId }),
    }
  },
  blend: async ({ market }) => {
    const { createBlend } = await import('../processors/blend/blend.ts')
    return {
      name: 'blend',
      kind: 'fold',
      fanIn: isFanIn('blend'),
      inputs: inputs.blend,
      create: ({ partitions, runId }) => createBlend({ partitions, grid: market.grid, runId, blend: dailyBlend }),
    }
  },
  sink: async ({ store }) => {
    const { createSink } = await import('../sink/sink.ts')
    const { createStartAudit } = await import('../sink/start-audit.ts')
    const { UnsettledInserts } = await import('../sink/unsettled-inserts.ts')
    const { rowReaders } = await import('../sink/row-reader.ts')
    const options = await store()
    const { client, tables } = options
    const audit = createStartAudit(options)
    const unsettled = new UnsettledInserts()
    const chunkRecords = 10_000
    return {
      name: 'sink',
      kind: 'chunk',
      fanIn: false,
      inputs: inputs.sink,
      // Few large inserts: ClickHouse merges parts, and a table takes about one insert a second well.
      readers: rowReaders(loadSchemas().values()),
      limits: { records: chunkRecords, intervalMs: 1_000, floodMs: 4_000, commitsOfWait: 1_000 },
      create: async ({ runId }) => createSink({ client, tables, runId, audit, unsettled, chunkRecords }),
    }
  },
}

const dailyBlend = { blend_id: 'equity_daily', blend_version: '1', model_id: 'equity_daily_momentum', timeframe: '1d' }

/** What the runtime needs to run a processor of the chain. Throws `CatalogError` when the catalog cannot be honoured. */
export function defineProcessor(name: ProcessorName, context: ChainContext): Promise<ProcessorDefinition> {
  return definitions[name](context)
}

/** Inputs of every processor, in the order of the path of a bar. */
export function chainInputs(): { name: ProcessorName; inputs: readonly string[] }[] {
  return processorNames.map((name) => ({ name, inputs: inputs[name] }))
}
