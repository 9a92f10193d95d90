import type { Config } from '../config.ts'
import { ReplayRefusedError } from './replay-error.ts'

const longestName = 40

/**
 * The settings of a replay: those of the installation with a topic prefix and a database of its own. Groups and transactional
 * ids follow the prefix. `run_id` stays: a replay repeats the records of the run, and some carry it. Throws `ReplayRefusedError`
 * on a name that no prefix can be made of.
 */
export function replayConfig(config: Config, name: string): Config {
  if (!/^[a-z][a-z0-9-]*$/.test(name) || name.length > longestName) {
    throw new ReplayRefusedError(
      `A replay cannot be named ${JSON.stringify(name)}: up to ${longestName} small letters, digits and hyphens, the first a letter`,
    )
  }
  const { topicPrefix, clickhouse } = config
  const within = topicPrefix === '' ? '' : `${topicPrefix.slice(0, -1)}-`
  const database = `${clickhouse.database}_replay_${name.replaceAll('-', '_')}`
  return { ...config, topicPrefix: `${within}replay-${name}.`, clickhouse: { ...clickhouse, database } }
}
