import { join } from 'node:path'
import { createBarrierGrid, loadBarrierConfig } from '../catalog/barrier-grid.ts'
import { type Calendar, loadCalendars } from '../catalog/calendar.ts'
import { loadCrossSection } from '../catalog/cross-section.ts'
import { calendarOf, loadInstruments, reportsVolume } from '../catalog/instruments.ts'
import { projectRoot } from '../catalog/project-root.ts'
import { stageOneRows } from '../catalog/stage-one.ts'
import type { ResolvedView } from '../catalog/views.ts'
import { toLoadFile } from '../load/load-file.ts'
import { planLoad } from '../load/plan.ts'
import { readTableFile } from '../load/table-file.ts'
import { createBreadth } from '../processors/breadth/breadth.ts'
import { createEngine } from '../processors/engine/engine.ts'
import { createTimeframeEngines } from '../processors/engine/timeframe-engines.ts'
import { createFeaturesProcessor } from '../processors/features/features.ts'
import { createIngest } from '../processors/ingest/ingest.ts'
import { ingestInputs } from '../processors/ingest/inputs.ts'
import type { DataRecord } from '../processors/processor.ts'
import { createOfflineChain, type OfflineRecord } from './offline-chain.ts'

const FILES = ['us-equity_splits.csv', 'us-equity_1d.csv.gz', 'us-index_1d.csv.gz']

/** The history that the chain makes of the shipped bars. `refused` = records that a processor refused, in words. */
export type ShippedHistory = {
  readonly indicators: readonly DataRecord[]
  readonly features: readonly DataRecord[]
  readonly refused: readonly string[]
}

/**
 * Runs ingest, engine, breadth and features over the shipped bars and splits in memory, loaded as `barline demo` loads them
 * (known when the bar closes, one load). Throws if a record is left that no processor would take.
 */
export async function foldShippedHistory(view: ResolvedView): Promise<ShippedHistory> {
  const calendars = loadCalendars()
  const instruments = loadInstruments(calendars)
  const grid = createBarrierGrid(loadBarrierConfig(), calendars)
  const marketCalendar = (symbol: string): Calendar => {
    const id = calendarOf(instruments, symbol)
    const calendar = calendars.get(id)
    if (calendar === undefined) throw new RangeError(`No calendar ${id}`)
    return calendar
  }
  const indicators: DataRecord[] = []
  const features: DataRecord[] = []
  const refused: string[] = []
  const ingest = createIngest({
    graceMs: grid.graceMs,
    reportsVolume: (symbol) => reportsVolume(instruments, symbol),
  })
  const engines = createTimeframeEngines(stageOneRows())
  const chain = createOfflineChain(
    [
      { processor: ingest, inputs: ingestInputs },
      { processor: createEngine({ engines, calendarOf: marketCalendar, graceMs: grid.graceMs }), inputs: ['tape'] },
      { processor: createBreadth({ partitions: 1, grid, ...loadCrossSection() }), inputs: ['indicators'] },
      { processor: createFeaturesProcessor({ views: [view], grid }), inputs: ['indicators', 'market-state'] },
    ],
    (record) => {
      if (record.topic === 'indicators') indicators.push(record)
      if (record.topic === view.topic) features.push(record)
    },
    (topic, key, message) => refused.push(`${topic} ${key}: ${message}`),
  )
  for (const record of await plannedRecords(grid.graceMs, marketCalendar, refused)) chain.feed(record)
  const left = chain.finish()
  if (left > 0) throw new Error(`${left} records were not taken by their processor`)
  return { indicators, features, refused }
}

async function plannedRecords(
  graceMs: number,
  marketCalendar: (symbol: string) => Calendar,
  refused: string[],
): Promise<readonly OfflineRecord[]> {
  const paths = FILES.map((name) => join(projectRoot(), 'data', name))
  const tables = await Promise.all(paths.map((path) => readTableFile(path)))
  const files = tables.map((table) => toLoadFile(table, { delayMs: 0, calendarOf: marketCalendar }))
  for (const { name, refused: lines } of files) {
    refused.push(...lines.map(({ line, why }) => `${name}:${line}: ${why}`))
  }
  const steps = planLoad(files, { graceMs, calendarOf: marketCalendar, loadedRows: [] })
  return steps.flatMap((step): readonly OfflineRecord[] => {
    if (step.kind === 'marker') return [{ kind: 'marker', topic: 'clock', marker: step.marker }]
    if (step.input === undefined) return []
    const { topic, key, recordName, value, knownAt } = step.input
    return [{ kind: 'data', topic, record: { key, recordName, value, timestamp: knownAt, headers: {} } }]
  })
}
