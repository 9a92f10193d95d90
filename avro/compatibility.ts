import { compileType } from './compiled-type.ts'
import { loadReleases, type Release } from './releases.ts'
import { fullName, loadSchemas, type RecordField, type RecordSchema } from './schemas.ts'

/** A change that readers or writers of an earlier version would not survive. */
export type Incompatibility = {
  readonly recordName: string
  /** The earlier version, for example `v1`. */
  readonly version: string
  /** The field, where one is to blame. */
  readonly field?: string
  readonly problem: string
}

/**
 * Compares the current schemas with every released version of them, in both directions (FULL_TRANSITIVE), without a
 * registry. A schema without a release, or a release without a schema, is a problem too. No problems: an empty list.
 */
export function checkCompatibility(
  current: ReadonlyMap<string, RecordSchema> = loadSchemas(),
  releases: readonly Release[] = loadReleases(),
): readonly Incompatibility[] {
  const found: Incompatibility[] = []
  for (const recordName of current.keys()) {
    if (releases.some((release) => fullName(release.schema) === recordName)) continue
    found.push({ recordName, version: 'v1', problem: 'no version is released: record one' })
  }
  for (const { version, schema } of releases) {
    const recordName = fullName(schema)
    const now = current.get(recordName)
    const changes = now ? compareSchemas(schema, now) : [{ problem: 'the record is gone' }]
    found.push(...changes.map((change) => ({ recordName, version, ...change })))
  }
  return found
}

/** Words an incompatibility: `barline.market.Bar.close: type changed since v1`. */
export function describeIncompatibility({ recordName, version, field, problem }: Incompatibility): string {
  return `${field === undefined ? recordName : `${recordName}.${field}`} (against ${version}): ${problem}`
}

/** What keeps readers of one version from reading records of the other; a changed default or time unit changes meaning and counts. */
export function compareSchemas(
  older: RecordSchema,
  newer: RecordSchema,
): readonly { readonly field?: string; readonly problem: string }[] {
  const before = new Map(older.fields.map((field) => [field.name, field]))
  const after = new Map(newer.fields.map((field) => [field.name, field]))
  const problems: { field?: string; problem: string }[] = []
  for (const [field, was] of before) {
    const is = after.get(field)
    const problem = is ? compareFields(was, is) : withoutDefault(was, 'removed')
    if (problem !== undefined) problems.push({ field, problem })
  }
  for (const [field, is] of after) {
    const problem = before.has(field) ? undefined : withoutDefault(is, 'added')
    if (problem !== undefined) problems.push({ field, problem })
  }
  if (problems.length > 0) return problems
  const problem = resolves(older, newer) ?? resolves(newer, older)
  return problem === undefined ? [] : [{ problem }]
}

function withoutDefault(field: RecordField, change: 'added' | 'removed'): string | undefined {
  return 'default' in field ? undefined : `the field was ${change} and has no default`
}

function compareFields(was: RecordField, is: RecordField): string | undefined {
  const from = JSON.stringify(was.type)
  const to = JSON.stringify(is.type)
  if (from !== to) return `the type changed from ${from} to ${to}`
  if (JSON.stringify(was.default) !== JSON.stringify(is.default)) {
    return `the default changed from ${JSON.stringify(was.default)} to ${JSON.stringify(is.default)}`
  }
  return undefined
}

function resolves(reader: RecordSchema, writer: RecordSchema): string | undefined {
  try {
    compileType(reader).createResolver(compileType(writer))
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
