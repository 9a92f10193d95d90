import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The folder that holds package.json, found upwards from this module: the same for the sources and for `dist/`. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('Cannot find the project root: no package.json above catalog/project-root')
    folder = parent
  }
  return folder
}

/**
 * A file of `catalog/`, or with a slash at the end a folder of it. The compiler copies neither CSV nor JSON to `dist/`, so both
 * the sources and the build read the one `catalog/` of the project.
 */
export function catalogFile(path: string): URL {
  return new URL(path, pathToFileURL(`${join(projectRoot(), 'catalog')}/`))
}
