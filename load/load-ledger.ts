import type { RecordCodec } from '../avro/codec.ts'
import type { DataRecord } from '../processors/processor.ts'
import type { Log } from '../streams/port.ts'
import { readRange } from '../streams/task-inputs.ts'
import { LoadRefusedError } from './load-error.ts'

/** What the `loads` topic says of one file. */
export type LoadedFile = { readonly optionsHash: string; readonly nextRow: number; readonly isComplete: boolean }

function field(value: DataRecord['value'], name: string): string {
  return String(value[name])
}

/** Reads the `loads` topic to its end: how far each file, by sha256, has been loaded without a gap. */
export async function readLedger(log: Log, codec: RecordCodec): Promise<ReadonlyMap<string, LoadedFile>> {
  const ledger = { topic: 'loads', partition: 0 }
  const bounds = [...(await log.bounds([ledger])).values()][0]
  const files = new Map<string, LoadedFile>()
  if (!bounds) return files
  const reader = await log.reader()
  try {
    for await (const batch of readRange(reader, codec, { ...ledger, offset: bounds.start }, bounds.end)) {
      for (const { input } of batch) if (input?.kind === 'data') note(files, input.value)
    }
  } finally {
    await reader.close()
  }
  return files
}

function note(files: Map<string, LoadedFile>, value: DataRecord['value']): void {
  const sha256 = field(value, 'file_sha256')
  const known = files.get(sha256)
  const nextRow = known?.nextRow ?? 0
  if (Number(value.first_row) !== nextRow) return
  files.set(sha256, {
    optionsHash: field(value, 'options_hash'),
    nextRow: Number(value.next_row),
    isComplete: value.last === true,
  })
}

/** Throws {@link LoadRefusedError} when a file has been loaded, wholly or in part, with options that give other records. */
export function checkOptions(name: string, loaded: LoadedFile | undefined, optionsHash: string): void {
  if (!loaded || loaded.optionsHash === optionsHash) return
  throw new LoadRefusedError(
    `${name} has been loaded with other options (kind, delays or grace); the log keeps what was written. ` +
      'Use the same options, or `barline backfill` for a corrected history',
  )
}
