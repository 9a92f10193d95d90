import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../../catalog/project-root.ts'

/** The text of a page of `docs/`. */
export function readPage(name: string): string {
  return readFileSync(join(projectRoot(), 'docs', name), 'utf8')
}

/** Cells of the rows of the table below a heading (`## …`), without header and rule; backquotes are taken off whole cells. */
export function tableBelow(page: string, heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`No heading ${heading}`)
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^`([^`]*)`$/, '$1')),
    )
}
