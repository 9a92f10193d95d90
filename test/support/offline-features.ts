import type { ResolvedView } from '../../catalog/views.ts'
import { defineProcessor } from '../../cli/chain.ts'
import { createRowReader, type ServedRow } from '../../serve/features/served-row.ts'
import type { ProcessorDefinition } from '../../streams/definition.ts'
import { decodeInput } from '../../streams/input-record.ts'
import { MemoryLog } from '../../streams/memory/memory-log.ts'
import { copyPartition } from '../streams/support/copy-partition.ts'
import { runProcessors } from '../streams/support/run-processors.ts'
import type { Installation } from './installation.ts'
import { readPartition } from './topic-contents.ts'

/** Rows of views by their id, then by symbol, in the order of the log. */
export type RowsOfViews = ReadonlyMap<string, ReadonlyMap<string, readonly ServedRow[]>>

/** Replays the tape of an installation in memory, through the processors of the chain, and gives the rows of the views. */
export async function replayedRows(installation: Installation, views: readonly ResolvedView[]): Promise<RowsOfViews> {
  const { config, codec, market } = installation
  const { partitions } = config
  const log = new MemoryLog({ partitions })
  for (let partition = 0; partition < partitions; partition += 1) {
    const records = await readPartition(installation, 'tape', partition)
    copyPartition(
      log,
      { topic: 'tape', partition },
      records.map(({ raw }) => raw),
    )
  }
  const store = () => Promise.reject(new Error('There is no ClickHouse in memory'))
  const definitions: ProcessorDefinition[] = []
  // One after the other: Jest's module loader trips over imports that overlap.
  for (const name of ['engine', 'breadth', 'features'] as const) {
    definitions.push(await defineProcessor(name, { market, store }))
  }
  await runProcessors({ log, codec, partitions, definitions })
  return rowsOfViews(log, codec, partitions, views)
}

/** The rows of the views in a log in memory. */
export async function rowsOfViews(
  log: MemoryLog,
  codec: Installation['codec'],
  partitions: number,
  views: readonly ResolvedView[],
): Promise<RowsOfViews> {
  const all = new Map<string, Map<string, ServedRow[]>>()
  for (const view of views) {
    const bySymbol = new Map<string, ServedRow[]>()
    const read = createRowReader(view)
    for (let partition = 0; partition < partitions; partition += 1) {
      const where = { topic: view.topic, partition }
      for (const raw of log.recordsOf(where)) {
        const { input } = await decodeInput(codec, where, raw)
        if (input?.kind !== 'data') continue
        const rows = bySymbol.get(input.key) ?? []
        bySymbol.set(input.key, rows)
        rows.push(read(input))
      }
    }
    all.set(view.id, bySymbol)
  }
  return all
}

/** By the rule itself: of the rows known by a time the one with the newest `ts`. */
export function newestKnown(rows: readonly ServedRow[], asOf: number): ServedRow | undefined {
  return rows.reduce<ServedRow | undefined>(
    (best, row) => (row.knownAt <= asOf && (best === undefined || row.ts > best.ts) ? row : best),
    undefined,
  )
}
