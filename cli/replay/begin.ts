import { ensureTables } from '../../sink/migrate.ts'
import { openTopicAdmin } from '../../streams/kafka/open-topic-admin.ts'
import { provision } from '../../topics/provisioning.ts'
import type { Addresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import { loadMarket } from '../market.ts'
import { releaseId } from '../release-id.ts'
import { topicsOfShape } from './definitions.ts'
import { type OpenReplay, replayTables } from './open-replay.ts'
import { planReplay, type ReplayRequest, shapeOf } from './plan.ts'
import { ReplayRefusedError } from './replay-error.ts'
import { listReplays, type Replay, writeReplay } from './replays.ts'
import { printFound } from './report.ts'

/** The replay as it is in the log, or else a new one with its topics and tables. */
export async function beginOrResume(
  open: OpenReplay,
  config: Config,
  addresses: Addresses,
  request: ReplayRequest,
  print: (line: string) => void,
): Promise<Replay> {
  const { base, codec, client } = open
  const known = (await listReplays(base, codec)).find(({ name }) => name === request.name)
  const { partitions } = config
  const context = { log: base, codec, partitions, grid: loadMarket().grid, config }
  const replay = known ?? (await planReplay(context, request, stamp()))
  if (known !== undefined) {
    printFound(known, print)
    refuseOther(known, request)
    refuseRelease(known)
  }
  const shape = shapeOf(replay)
  const admin = await openTopicAdmin({ brokers: addresses.brokers })
  try {
    const there = (await admin.list()).filter((topic) => topic.startsWith(replay.topic_prefix))
    if (known === undefined && there.length > 0) {
      throw new ReplayRefusedError(
        `There are ${there.length} topics ${replay.topic_prefix}* that no replay known here has made, for example ${there[0]}: ` +
          'take another name, or delete them with --clean',
      )
    }
    if (known === undefined) await writeReplay(base, codec, replay)
    const { topicPrefix, replicationFactor } = open.config
    const specs = topicsOfShape(shape)
    await provision({ admin, partitions: config.partitions, topicPrefix, replicationFactor, specs })
    await ensureTables(client, replayTables(open.config, shape))
  } finally {
    await admin.close()
  }
  return replay
}

function refuseOther(known: Replay, { fromTs, toTs, symbols, hasTables }: ReplayRequest): void {
  const isSame =
    known.asked_from_ts === fromTs &&
    known.asked_to_ts === toTs &&
    known.symbols.join() === [...symbols].sort().join() &&
    known.processors.includes('sink') === hasTables
  if (isSame) return
  throw new ReplayRefusedError(
    `The replay ${known.name} is of another range or of other symbols: give the same --from, --to, --symbols and --no-tables to go on with it, ` +
      'delete it with --clean, or take another name with --into',
  )
}

/** Half of it by one release and half by another would be the records of neither. */
function refuseRelease({ name, state, release }: Replay): void {
  const here = releaseId()
  if (state !== 'begun' || release === here) return
  throw new ReplayRefusedError(
    `The replay ${name} was begun by release ${release}, and this is ${here}: delete it with --clean, or take another name with --into`,
  )
}

/** What is said with each state of a replay. */
export function stamp(): Pick<Replay, 'release' | 'changed_at'> {
  return { release: releaseId(), changed_at: Date.now() }
}
