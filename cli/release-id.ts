import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { catalogFile, projectRoot } from '../catalog/project-root.ts'

const code = fileURLToPath(new URL('..', import.meta.url))

/**
 * The release that this process runs: the version, and a hash over the catalog and the code of the folds as they are installed. A state
 * that another release has folded is folded anew, so that the records which follow are those of this one.
 */
export function releaseId(): string {
  const { version } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as { version: string }
  const hash = createHash('sha256')
  for (const folder of new Set([fileURLToPath(catalogFile('')), join(code, 'catalog'), join(code, 'processors')])) {
    for (const file of filesBelow(folder)) hash.update(relative(folder, file)).update(readFileSync(file))
  }
  return `${version}+${hash.digest('hex').slice(0, 16)}`
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.path, entry.name))
    .sort()
}
