import { type Addresses, findAddresses } from '../addresses.ts'
import type { Config } from '../config.ts'
import { connectCodec, openLog } from '../connect.ts'
import { connectClickHouse, tablesOf } from '../connect-store.ts'
import { readLags } from '../drain.ts'
import { loadMarket } from '../market.ts'
import { parseTime } from '../parse-time.ts'
import { topicsOfShape } from '../replay/definitions.ts'
import { logOfReplay, openReplay, replayTables } from '../replay/open-replay.ts'
import { shapeOf } from '../replay/plan.ts'
import { ReplayRefusedError } from '../replay/replay-error.ts'
import { listReplays } from '../replay/replays.ts'
import { totalOf } from '../replay/settle.ts'
import type { TableComparison } from './compare-tables.ts'
import { compareTopic, type TopicComparison } from './compare-topics.ts'
import { counter, printTables, printTopics } from './report.ts'
import { sidesOf, type TimeRange } from './sides.ts'
import { verifyTables } from './verify-log.ts'

/** What `barline verify` is asked for, as text. */
export type VerifyCommand = {
  readonly run?: string
  readonly topics?: string
  readonly from?: string
  readonly to?: string
}

/** What a comparison found: topics of the two logs, and of each log its tables. */
export type Verified = {
  readonly topics: readonly TopicComparison[]
  readonly liveTables: readonly TableComparison[]
  readonly replayTables: readonly TableComparison[]
}

type Print = (line: string) => void

/** `barline verify`. Resolves to the exit code: 0 when everything is equal, 1 when something differs. */
export async function runVerify(config: Config, command: VerifyCommand, print: Print): Promise<number> {
  const addresses = findAddresses(config)
  const verified =
    command.run === undefined
      ? await verifyInstallation(config, addresses, command, print)
      : await verifyReplay(config, addresses, { ...command, run: command.run }, print)
  const { topics, liveTables, replayTables: ofReplay } = verified
  if (topics.length > 0) print('')
  if (topics.length > 0) printTopics(topics, print)
  if (liveTables.length > 0) printTables('the log and its rows in ClickHouse', liveTables, print)
  if (ofReplay.length > 0) printTables('the log of the replay and its rows in ClickHouse', ofReplay, print)
  const differences = differencesIn(verified)
  print(differences === 0 ? '\nno differences' : `\n${differences} differences`)
  return differences === 0 ? 0 : 1
}

/** How many records or rows are not as they should be. */
export function differencesIn({ topics, liveTables, replayTables: ofReplay }: Verified): number {
  const inTopics = topics.reduce((sum, { differing }) => sum + differing, 0)
  const inTables = [...liveTables, ...ofReplay].reduce(
    (sum, { differing, missing, surplus }) => sum + differing + missing + surplus,
    0,
  )
  return inTopics + inTables
}

/** Compares the log of an installation with its tables. */
export async function verifyInstallation(
  config: Config,
  addresses: Addresses,
  command: Omit<VerifyCommand, 'run'>,
  print: Print,
): Promise<Verified> {
  const range = rangeOf(command)
  const tables = tablesOf(config)
  const stored = [...new Set(tables.map(({ topic }) => topic))]
  const topics = chosen(command, stored)
  const log = openLog(config, addresses, 'barline-verify')
  const client = connectClickHouse(config, addresses)
  const progress = counter('compared', print)
  try {
    const codec = await connectCodec(config, addresses)
    const { partitions, runId } = config
    const [lag] = await readLags({ log, partitions, definitions: [{ name: 'sink', inputs: topics }] })
    if (lag && lag.records > 0) print(`the sink has not stored the last ${lag.records} offsets yet; these are left out`)
    const liveTables = await verifyTables({ log, codec, client, tables, partitions, runId }, topics, range, progress)
    return { topics: [], liveTables, replayTables: [] }
  } finally {
    await Promise.all([log.close(), client.close()])
  }
}

/** Compares a replay with the installation that it repeats, and the rows of both with their logs. */
export async function verifyReplay(
  config: Config,
  addresses: Addresses,
  command: VerifyCommand & { readonly run: string },
  print: Print,
): Promise<Verified> {
  const range = rangeOf(command)
  const open = await openReplay(config, addresses, command.run)
  const progress = counter('compared', print)
  try {
    const { base, own, codec, client } = open
    const replays = await listReplays(base, codec)
    const replay = replays.find(({ name }) => name === command.run)
    if (replay === undefined) {
      const there = replays.length === 0 ? 'there are none' : `there are ${replays.map(({ name }) => name).join(', ')}`
      throw new ReplayRefusedError(`No replay ${command.run}; ${there}`)
    }
    if (replay.state !== 'finished')
      print(`the replay ${replay.name} is not finished: what is missing of it counts as differing`)
    const shape = shapeOf(replay)
    const written = topicsOfShape(shape).filter(({ id, records }) => {
      const isOutput = !shape.fed.includes(id) && !id.startsWith('dead-letters.')
      return isOutput && records.some(({ table }) => table !== undefined)
    })
    const topics = chosen(
      command,
      written.map(({ id }) => id),
    )
    const { partitions, runId } = config
    const live = { log: base, partitions }
    const behind = totalOf(await readLags({ ...live, definitions: shape.processors }))
    if (behind > 0) print(`the live chain is ${behind} records behind; what it has yet to write counts as differing`)
    const context = { ...live, codec, grid: loadMarket().grid }
    const comparisons: TopicComparison[] = []
    for (const topic of topics) {
      comparisons.push(await compareTopic(codec, topic, await sidesOf(context, own, replay, topic, range), progress))
    }
    const ofLive = { log: base, codec, client, tables: tablesOf(config), partitions, runId }
    const ofReplay = {
      ...ofLive,
      log: logOfReplay(open, replay),
      tables: replayTables(open.config, shape),
      starts: replay.start_offsets,
    }
    return {
      topics: comparisons,
      liveTables: await verifyTables(ofLive, topics, range, progress),
      replayTables: replay.processors.includes('sink') ? await verifyTables(ofReplay, topics, range, progress) : [],
    }
  } finally {
    await open.close()
  }
}

function chosen({ topics }: VerifyCommand, there: readonly string[]): readonly string[] {
  if (topics === undefined) return there
  const asked = topics.split(',').map((id) => id.trim())
  const unknown = asked.find((id) => !there.includes(id))
  if (unknown !== undefined)
    throw new ReplayRefusedError(`No topic ${unknown} to compare; there are ${there.join(', ')}`)
  return asked
}

function rangeOf({ from, to }: VerifyCommand): TimeRange {
  return {
    fromTs: from === undefined ? null : parseTime(from, '--from'),
    toTs: to === undefined ? null : parseTime(to, '--to'),
  }
}
