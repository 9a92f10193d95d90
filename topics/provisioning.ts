import { setTimeout } from 'node:timers/promises'
import { clusterWarnings } from './cluster-warnings.ts'
import { physicalName } from './physical-name.ts'
import type { NewTopic, TopicAdmin, TopicDescription } from './topic-admin.ts'
import { type TopicDifference, TopicMismatchError, TopicMissingError } from './topic-error.ts'
import { satisfies, settingsOf, settingsOfCopies, type TopicSetting } from './topic-settings.ts'
import { type TopicSpec, topics } from './topics.ts'

const CHECKS_AFTER_CREATION = 20
const CHECK_INTERVAL_MS = 250

const activeTopics = topics.filter(({ status }) => status === 'active')

/** What provisioning did: the partitions of the chain, and the physical names of the topics created. */
export type Provisioned = { readonly partitions: number; readonly created: readonly string[] }

type Wanted = { readonly name: string; readonly spec: TopicSpec; readonly settings: readonly TopicSetting[] }

/**
 * Creates the topics that are missing and checks all of them; never alters or deletes one. `partitions` is the number
 * for every topic of the chain. Throws {@link TopicMismatchError} before it creates anything if a topic that exists differs.
 */
export async function provision(options: {
  readonly admin: TopicAdmin
  readonly partitions: number
  readonly topicPrefix?: string
  /** Copies of each partition; default -1: as many as the broker says. */
  readonly replicationFactor?: number
  /** Which topics; default: the active ones of the list. */
  readonly specs?: readonly TopicSpec[]
  readonly log?: (message: string) => void
}): Promise<Provisioned> {
  const { admin, partitions, topicPrefix = '', replicationFactor = -1, specs = activeTopics, log = () => {} } = options
  if (!Number.isInteger(partitions) || partitions < 1)
    throw new RangeError(`partitions must be 1 or more, not ${partitions}`)
  const wanted = wantedTopics(specs, topicPrefix)
  const { missing } = await inspect(admin, wanted, partitions)
  if (missing.length > 0) {
    const copies = replicationFactor > 0 ? replicationFactor : await defaultCopies(admin)
    await admin.create(missing.map((topic) => newTopic(topic, partitions, { replicationFactor, copies })))
    for (const { name } of missing) log(`Created topic ${name}`)
    await checkCreated({ admin, partitions, topicPrefix, specs })
  }
  return { partitions, created: missing.map(({ name }) => name) }
}

/**
 * Checks that every topic exists and is as `topics/` has it, and gives the partitions of the chain. Without
 * `partitions` they only have to be the same everywhere. Throws {@link TopicMismatchError} or {@link TopicMissingError}.
 */
export async function checkTopics(options: {
  readonly admin: TopicAdmin
  readonly partitions?: number
  readonly topicPrefix?: string
  readonly specs?: readonly TopicSpec[]
}): Promise<number> {
  const { admin, partitions, topicPrefix = '', specs = activeTopics } = options
  const { missing, chainPartitions } = await inspect(admin, wantedTopics(specs, topicPrefix), partitions)
  if (missing.length > 0) throw new TopicMissingError(missing.map(({ name }) => name))
  return chainPartitions
}

/** What in the cluster, and in the topics that exist on it, endangers what they keep: sentences to be shown. */
export async function warnings(options: {
  readonly admin: TopicAdmin
  readonly topicPrefix?: string
}): Promise<readonly string[]> {
  const { admin, topicPrefix = '' } = options
  const names = activeTopics.map(({ id }) => physicalName(id, topicPrefix))
  return clusterWarnings(await admin.brokers(), await admin.describe(names))
}

/** How many copies a topic gets that leaves it to the brokers; 1 where they do not say. */
async function defaultCopies(admin: TopicAdmin): Promise<number> {
  const stated = (await admin.brokers()).map(({ settings }) => Number(settings['default.replication.factor'] ?? 1))
  return stated.length === 0 ? 1 : Math.min(...stated)
}

/** Another broker than the one that created the topics may answer, and hear of them a moment later. */
async function checkCreated(options: Parameters<typeof checkTopics>[0]): Promise<void> {
  for (let attempt = 1; attempt < CHECKS_AFTER_CREATION; attempt += 1) {
    try {
      await checkTopics(options)
      return
    } catch (error) {
      if (!(error instanceof TopicMissingError || error instanceof TopicMismatchError)) throw error
      await setTimeout(CHECK_INTERVAL_MS)
    }
  }
  await checkTopics(options)
}

function wantedTopics(specs: readonly TopicSpec[], topicPrefix: string): readonly Wanted[] {
  return specs.map((spec) => ({ name: physicalName(spec.id, topicPrefix), spec, settings: settingsOf(spec) }))
}

async function inspect(
  admin: TopicAdmin,
  wanted: readonly Wanted[],
  partitions: number | undefined,
): Promise<{ readonly missing: readonly Wanted[]; readonly chainPartitions: number }> {
  const listed = new Set(await admin.list())
  const present = wanted.filter(({ name }) => listed.has(name)).map(({ name }) => name)
  const described = present.length > 0 ? await admin.describe(present) : []
  const found = new Map(described.map((description) => [description.name, description]))
  const chainPartitions = partitions ?? commonPartitions(wanted, found)
  const differences = wanted.flatMap((topic) => differencesOf(topic, found.get(topic.name), chainPartitions))
  if (differences.length > 0) throw new TopicMismatchError(differences)
  return { missing: wanted.filter(({ name }) => !found.has(name)), chainPartitions }
}

/** The partition count that most topics of the chain have, so that an error names the topic that is out of step. */
function commonPartitions(wanted: readonly Wanted[], found: ReadonlyMap<string, TopicDescription>): number {
  const topicsWith = new Map<number, number>()
  for (const { name, spec } of wanted) {
    const count = spec.partitions === 'chain' ? found.get(name)?.partitions : undefined
    if (count !== undefined) topicsWith.set(count, (topicsWith.get(count) ?? 0) + 1)
  }
  const [[common] = [1]] = [...topicsWith].sort(([, a], [, b]) => b - a)
  return common
}

function differencesOf(
  { name, spec, settings }: Wanted,
  found: TopicDescription | undefined,
  chainPartitions: number,
): readonly TopicDifference[] {
  if (!found) return []
  const differences: TopicDifference[] = []
  const partitions = partitionsOf(spec, chainPartitions)
  if (found.partitions !== partitions) {
    differences.push({
      topic: name,
      setting: 'partitions',
      found: String(found.partitions),
      wanted: spec.partitions === 'chain' ? `${partitions} as in the whole chain` : String(partitions),
      remedy: `use ${found.partitions} for the whole chain, or another topic prefix; adding partitions would move keys`,
    })
  }
  for (const setting of settings) {
    const value = found.settings[setting.name]
    if (satisfies(setting, value)) continue
    const wanted = setting.rule === 'at least' ? `${setting.value} or more` : setting.value
    const remedy = `kafka-configs --alter --entity-type topics --entity-name ${name} --add-config ${setting.name}=${setting.value}`
    differences.push({ topic: name, setting: setting.name, found: value ?? 'not reported', wanted, remedy })
  }
  return differences
}

function partitionsOf(spec: TopicSpec, chainPartitions: number): number {
  return spec.partitions === 'chain' ? chainPartitions : spec.partitions
}

function newTopic(
  { name, spec, settings }: Wanted,
  chainPartitions: number,
  { replicationFactor, copies }: { readonly replicationFactor: number; readonly copies: number },
): NewTopic {
  const atCreation = [...settings.filter(({ rule }) => rule !== 'if reported, exactly'), ...settingsOfCopies(copies)]
  return {
    name,
    partitions: partitionsOf(spec, chainPartitions),
    replicationFactor,
    settings: Object.fromEntries(atCreation.map((setting) => [setting.name, setting.value])),
  }
}
