import { z } from 'zod'
import { type GapPolicy, gapPolicies } from '../sink/gap-policy.ts'

const integer = (from: number) => z.coerce.number().int().min(from)

/** Where little comes, a snapshot is taken of it after so many intervals. */
const intervalsOfCalm = 10

const schema = z.object({
  /** Folder of the embedded stack: its data, its logs and `stack.json`. */
  BARLINE_DATA: z.string().min(1).default('.barline'),
  BARLINE_KAFKA_BROKERS: z
    .string()
    .min(1)
    .transform((text) => text.split(',').map((broker) => broker.trim()))
    .optional(),
  BARLINE_REGISTRY_URL: z.url().optional(),
  BARLINE_CLICKHOUSE_URL: z.url().optional(),
  BARLINE_CLICKHOUSE_USER: z.string().optional(),
  BARLINE_CLICKHOUSE_PASSWORD: z.string().optional(),
  BARLINE_CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/, 'a name of small letters, digits and underscores')
    .default('barline'),
  /** Put before topics, groups, transactional ids and subjects: a run of its own on a shared broker. */
  BARLINE_TOPIC_PREFIX: z
    .string()
    .regex(/^([a-z][a-z0-9-]*\.)?$/, 'empty, or small letters, digits and hyphens with a dot behind')
    .default(''),
  BARLINE_RUN_ID: z.string().min(1).default('live'),
  BARLINE_PARTITIONS: integer(1).default(4),
  /** Copies of each partition of a topic that is made; where it is not set, the brokers say. */
  BARLINE_REPLICATION: integer(1).max(32_767).optional(),
  BARLINE_SESSION_TIMEOUT_MS: integer(1_000).default(10_000),
  /** A task takes a snapshot of its state once it has taken so many records since the last, */
  BARLINE_SNAPSHOT_RECORDS: integer(1).default(1_000),
  /** but at most once in this time. */
  BARLINE_SNAPSHOT_INTERVAL_MS: integer(0).default(30_000),
  /** What the sink does at its start about records it has passed that are not in ClickHouse, see sink/start-audit.ts. */
  BARLINE_SINK_GAPS: z.enum(gapPolicies).default('stop'),
  /** For fault tests: stand still at `<stage>:<n>`, see streams/fault-points.ts. */
  BARLINE_FAULT_POINT: z.string().optional(),
})

/** Settings of a process, read once from its environment. */
export type Config = {
  readonly dataDir: string
  readonly brokers: readonly string[] | undefined
  readonly registryUrl: string | undefined
  readonly clickhouse: {
    readonly url: string | undefined
    readonly username: string | undefined
    readonly password: string | undefined
    readonly database: string
  }
  readonly topicPrefix: string
  readonly runId: string
  readonly partitions: number
  /** -1: as many copies as the brokers say. */
  readonly replicationFactor: number
  readonly sessionTimeoutMs: number
  readonly snapshots: { readonly records: number; readonly minIntervalMs: number; readonly maxIntervalMs: number }
  readonly sinkGaps: GapPolicy
  readonly faultPoint: string | undefined
}

/** An environment variable that cannot be what it has to be. */
export class ConfigError extends Error {
  readonly code = 'CONFIG'
  readonly retriable = false
  constructor(problems: readonly string[]) {
    super(`The environment is not valid:\n  ${problems.join('\n  ')}`)
    this.name = 'ConfigError'
  }
}

/** The environment of a child process: this one's, and what is given. */
export function childEnvironment(given: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...given }
}

/**
 * The settings in `env`, `dataDir` (of the command line) before that of the environment. Nothing else outside `local/` reads
 * the environment. Throws {@link ConfigError} naming every variable.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env, dataDir?: string): Config {
  const given = Object.fromEntries(
    Object.entries(dataDir === undefined ? env : { ...env, BARLINE_DATA: dataDir }).filter(
      ([name, value]) => name.startsWith('BARLINE_') && value !== '',
    ),
  )
  const parsed = schema.safeParse(given)
  if (!parsed.success)
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  const { data } = parsed
  return {
    dataDir: data.BARLINE_DATA,
    brokers: data.BARLINE_KAFKA_BROKERS,
    registryUrl: data.BARLINE_REGISTRY_URL,
    clickhouse: {
      url: data.BARLINE_CLICKHOUSE_URL,
      username: data.BARLINE_CLICKHOUSE_USER,
      password: data.BARLINE_CLICKHOUSE_PASSWORD,
      database: data.BARLINE_CLICKHOUSE_DATABASE,
    },
    topicPrefix: data.BARLINE_TOPIC_PREFIX,
    runId: data.BARLINE_RUN_ID,
    partitions: data.BARLINE_PARTITIONS,
    replicationFactor: data.BARLINE_REPLICATION ?? -1,
    sinkGaps: data.BARLINE_SINK_GAPS,
    sessionTimeoutMs: data.BARLINE_SESSION_TIMEOUT_MS,
    snapshots: {
      records: data.BARLINE_SNAPSHOT_RECORDS,
      minIntervalMs: data.BARLINE_SNAPSHOT_INTERVAL_MS,
      maxIntervalMs: intervalsOfCalm * data.BARLINE_SNAPSHOT_INTERVAL_MS,
    },
    faultPoint: data.BARLINE_FAULT_POINT,
  }
}
