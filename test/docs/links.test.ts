import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { projectRoot } from '../../catalog/project-root.ts'

const root = projectRoot()
const skipped = new Set(['node_modules', 'dist', 'api'])

function pagesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || skipped.has(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return pagesBelow(path)
    return path.endsWith('.md') ? [path] : []
  })
}

/** Links of a page to files of the project, without their anchors. */
function linksOf(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.split('#')[0] ?? '')
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
}

describe('the pages of the project', () => {
  it.each(pagesBelow(''))('%s links to files that are there', (page) => {
    const text = readFileSync(join(root, page), 'utf8')
    expect(linksOf(text).filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([])
  })

  it('list every decision record in the first one', () => {
    const folder = join(root, 'docs', 'decisions')
    const records = readdirSync(folder).filter((name) => name.endsWith('.md') && !name.startsWith('0001'))
    const index = linksOf(readFileSync(join(folder, '0001-record-architecture-decisions.md'), 'utf8'))
    expect(index.sort()).toEqual(records.sort())
  })

  it('name test files that are there', () => {
    const text = readFileSync(join(root, 'docs', 'guarantees.md'), 'utf8')
    const named = [...text.matchAll(/`(test\/[^`*]+)`/g)].map(([, path = '']) => path)
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})
