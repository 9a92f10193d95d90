import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../catalog/project-root.ts'
import { type RecordSchema, readSchemaFile } from './schemas.ts'

/** A version of a schema that was released; it never changes again. */
export type Release = { readonly version: string; readonly schema: RecordSchema }

/** Folder of the released versions: `<record full name>/v<n>.avsc`. */
export function releaseFolder(): string {
  return join(projectRoot(), 'avro', 'released')
}

/** All released versions in a folder (default: `avro/released`), by record name and version. */
export function loadReleases(folder: string = releaseFolder()): readonly Release[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .flatMap((recordName) =>
      versionsIn(join(folder, recordName)).map((number) => ({
        version: `v${number}`,
        schema: readSchemaFile(join(folder, recordName, `v${number}.avsc`)),
      })),
    )
}

function versionsIn(folder: string): readonly number[] {
  return readdirSync(folder)
    .flatMap((file) => /^v([1-9]\d*)\.avsc$/.exec(file)?.slice(1) ?? [])
    .map(Number)
    .sort((a, b) => a - b)
}
