import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkCompatibility, describeIncompatibility } from './compatibility.ts'
import { loadReleases, releaseFolder } from './releases.ts'
import { fullName, loadSchemas, type RecordSchema } from './schemas.ts'

/** A current schema that no release may carry, since an earlier version cannot live beside it; `problems` name the fields. */
export class SchemaIncompatibleError extends Error {
  override readonly name = 'SchemaIncompatibleError'
  readonly code = 'SCHEMA_INCOMPATIBLE'
  readonly retriable = false
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`Incompatible with a released schema: ${problems.join('; ')}`)
    this.problems = problems
  }
}

/**
 * Writes a new version of each current schema that is not the newest released one (docs aside), and gives the files.
 * Throws {@link SchemaIncompatibleError} and writes nothing if one of them is incompatible with any released version.
 */
export function recordReleases(
  current: ReadonlyMap<string, RecordSchema> = loadSchemas(),
  folder: string = releaseFolder(),
): readonly string[] {
  const releases = loadReleases(folder)
  const released = new Set(releases.map(({ schema }) => fullName(schema)))
  const problems = checkCompatibility(current, releases).filter(({ recordName }) => released.has(recordName))
  if (problems.length > 0) throw new SchemaIncompatibleError(problems.map(describeIncompatibility))

  const written: string[] = []
  for (const [recordName, schema] of current) {
    const newest = releases.findLast((release) => fullName(release.schema) === recordName)
    if (newest && withoutDocs(newest.schema) === withoutDocs(schema)) continue
    const version = newest ? Number(newest.version.slice(1)) + 1 : 1
    const file = join(folder, recordName, `v${version}.avsc`)
    mkdirSync(join(folder, recordName), { recursive: true })
    writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`)
    written.push(file)
  }
  return written
}

function withoutDocs(schema: RecordSchema): string {
  return JSON.stringify(schema, (name, value: unknown) => (name === 'doc' ? undefined : value))
}
