import type { RecordCodec } from '../../avro/codec.ts'
import type { ClickHouse } from '../../sink/clickhouse-client.ts'
import type { TableDefinition } from '../../sink/table-definition.ts'
import type { Log } from '../../streams/port.ts'
import { stitchedLog } from '../../streams/stitched-log.ts'
import type { Addresses } from '../addresses.ts'
import { RUNS } from '../backfill/runs.ts'
import type { Config } from '../config.ts'
import { connectCodec, openLog, type Say } from '../connect.ts'
import { connectClickHouse, tablesOf } from '../connect-store.ts'
import { type ReplayShape, topicsOfShape } from './definitions.ts'
import { onlySymbols } from './only-symbols.ts'
import { replayConfig } from './place.ts'
import type { Replay } from './replays.ts'

/** A replay with its connections: the log of the installation, that of the replay, the codec of both, ClickHouse. */
export type OpenReplay = {
  readonly config: Config
  readonly base: Log
  readonly own: Log
  readonly codec: RecordCodec
  readonly client: ClickHouse
  close(): Promise<void>
}

/** Connects to an installation and to the topics and tables of a replay of it; whether these exist is not asked. */
export async function openReplay(base: Config, addresses: Addresses, name: string, say?: Say): Promise<OpenReplay> {
  const config = replayConfig(base, name)
  const baseLog = openLog(base, addresses, 'barline-replay', say)
  const ownLog = openLog(config, addresses, `barline-${config.topicPrefix}replay`, say)
  const client = connectClickHouse(config, addresses)
  const close = async () => void (await Promise.all([baseLog.close(), ownLog.close(), client.close()]))
  try {
    // The records of a replay are under the schema ids of the installation: equal schemas, and nothing to register or to delete.
    const codec = await connectCodec(base, addresses)
    return { config, base: baseLog, own: ownLog, codec, client, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The tables of a replay, and that of runs, which the views of some of them read. */
export function replayTables(config: Config, shape: ReplayShape): TableDefinition[] {
  const own = new Set(topicsOfShape(shape).map(({ id }) => id))
  for (const id of shape.fed) own.delete(id)
  return tablesOf(config).filter(({ topic }) => own.has(topic) || topic === RUNS)
}

/** The log as the processors of a replay see it: before its start the installation's, from there on its own. */
export function logOfReplay(
  { base, own, codec }: Pick<OpenReplay, 'base' | 'own' | 'codec'>,
  replay: Pick<Replay, 'start_offsets' | 'symbols'>,
): Log {
  return stitchedLog(onlySymbols(base, codec, replay.symbols), own, cutsOf(replay))
}

/** Where a replay begins in each topic of the installation, by topic[partition]. */
export function cutsOf({ start_offsets: starts }: Pick<Replay, 'start_offsets'>): ReadonlyMap<string, number> {
  return new Map(Object.entries(starts))
}
