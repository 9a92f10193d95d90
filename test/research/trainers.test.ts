import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from '@jest/globals'
import { projectRoot } from '../../catalog/project-root.ts'
import { pythonWith } from '../support/python-environment.ts'

const folder = join(projectRoot(), 'research', 'trainers')
/** What reads, labels and splits tables; the tests that train need far larger packages, and are run by hand (CONTRIBUTING.md). */
const light = ['test_dataset.py', 'test_labels.py', 'test_splits.py', 'test_tables.py']
const packages = ['numpy', 'pandas', 'pyarrow', 'pytest']
const requirements = readFileSync(join(folder, 'requirements.txt'), 'utf8')
  .split('\n')
  .filter((line) => packages.includes(line.split('==')[0] ?? ''))

const dir = mkdtempSync(join(tmpdir(), 'barline-python-trainers-'))
const found = await pythonWith(requirements, dir)
if ('missing' in found) {
  process.stderr.write(
    `The tests of research/trainers are skipped, since Python with its packages is not to be had: ${found.missing}\n`,
  )
}
const python = 'python' in found ? found.python : ''
const pythonTest = 'python' in found ? test : test.skip

afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe('the trainer', () => {
  pythonTest(
    'reads every symbol as it is written, and accepts no row known after its entry',
    async () => {
      expect(readdirSync(folder)).toEqual(expect.arrayContaining(light))
      const { stdout } = await promisify(execFile)(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', ...light], {
        cwd: folder,
      }).catch((error: { stdout: string }) => error)
      expect(stdout).toMatch(/\n\d+ passed in [^\n]*\n$/)
    },
    120_000,
  )
})
