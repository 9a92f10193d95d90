import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { cached, cacheRoot } from '../../local/cache.ts'
import { checkNode } from '../../local/doctor.ts'
import { parseJavaProperties } from '../../local/java.ts'

const before = process.env.BARLINE_CACHE
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'barline-cache-'))
  process.env.BARLINE_CACHE = dir
})
afterEach(() => {
  if (before === undefined) delete process.env.BARLINE_CACHE
  else process.env.BARLINE_CACHE = before
  rmSync(dir, { recursive: true, force: true })
})

const write = (text: string) => (folder: string) => writeFile(join(folder, 'file'), text)

test('the cache is where the environment says', () => {
  expect(cacheRoot({ BARLINE_CACHE: '/c' })).toBe('/c')
  expect(cacheRoot({ XDG_CACHE_HOME: '/x' })).toBe('/x/barline')
})

test('a failed build leaves nothing behind, and the next one succeeds', async () => {
  await expect(cached('thing', () => Promise.reject(new Error('cut off')))).rejects.toThrow('cut off')
  expect(readdirSync(dir)).toEqual([])
  await cached('thing', write('whole'))
  await cached('thing', () => Promise.reject(new Error('must not be built again')))
})

test('of two builds at once, one wins and both succeed', async () => {
  const folders = await Promise.all([cached('thing', write('a')), cached('thing', write('b'))])
  expect(folders[0]).toBe(folders[1])
  expect(readdirSync(dir)).toEqual(['thing'])
})

test('Java’s version is read in the old numbering and the new', () => {
  const output = (version: string): string => `    java.home = /opt/j dk\n    java.specification.version = ${version}\n`
  expect(parseJavaProperties(output('1.8'))).toEqual({ version: 8, home: '/opt/j dk' })
  expect(parseJavaProperties(output('25'))?.version).toBe(25)
  expect(parseJavaProperties('command not found')).toBeUndefined()
})

test('Node is judged by major and minor version', () => {
  expect(['18.20.0', '20.9.0', '20.10.0', '22.0.0'].map((version) => checkNode(version).ok)).toEqual([
    false,
    false,
    true,
    true,
  ])
})
