import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { projectRoot } from '../catalog/project-root.ts'
import { indicatorPages, PAGES_FOLDER } from './indicator-pages/indicator-pages.ts'

// Script: writes what is generated from the catalog for users of indicators, or with --check only says which files are stale and
// exits with 1.
const root = projectRoot()
const pages = await indicatorPages()
const isStale = (path: string, text: string): boolean =>
  !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text
const stale = [...pages].filter(([path, text]) => isStale(path, text))
const present = existsSync(join(root, PAGES_FOLDER)) ? readdirSync(join(root, PAGES_FOLDER)) : []
const left = present.map((name) => `${PAGES_FOLDER}/${name}`).filter((path) => !pages.has(path))

if (process.argv.includes('--check')) {
  for (const path of [...stale.map(([name]) => name), ...left]) {
    process.stderr.write(`${path} is stale: run node --import tsx research/write-indicator-pages.ts\n`)
  }
  process.exitCode = stale.length + left.length > 0 ? 1 : 0
} else {
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  for (const path of left) rmSync(join(root, path))
  process.stdout.write(`${stale.length} files written, ${left.length} removed, ${pages.size} in all\n`)
}
