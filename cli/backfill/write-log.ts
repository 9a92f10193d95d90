import type { DataRecord } from '../../processors/processor.ts'
import type { Log, OutgoingRecord } from '../../streams/port.ts'
import type { CorrectionContext } from './corrections.ts'
import { type Run, runRecord } from './runs.ts'

async function writeOnce(log: Log, transactionalId: string, records: readonly OutgoingRecord[]): Promise<void> {
  const writer = await log.writer(transactionalId)
  try {
    await writer.fence()
    await writer.commit({ records })
  } finally {
    await writer.close()
  }
}

/** Puts corrected bars of files into the log, from where this and every later backfill of the symbol takes them. */
export async function recordCorrections(
  { log, codec, partition, symbol }: CorrectionContext,
  values: readonly DataRecord['value'][],
): Promise<void> {
  if (values.length === 0) return
  const records = values.map((value) => ({
    topic: 'market.corrections',
    partition,
    key: Buffer.from(symbol, 'utf8'),
    value: codec.encode('market.corrections', 'barline.market.Bar', value),
    timestamp: Number(value.known_at),
    headers: {},
  }))
  await writeOnce(log, `corrections-${symbol}`, records)
}

/** Says that from now on the rows of a run are read before those of its base run; gives what the log then says of the run. */
export async function adoptRun(
  { log, codec, partition }: Pick<CorrectionContext, 'log' | 'codec' | 'partition'>,
  run: Run,
  now: number,
): Promise<Run> {
  const adopted = { ...run, adopted_at: now }
  await writeOnce(log, run.run_id, [runRecord(codec, partition, adopted, now)])
  return adopted
}
