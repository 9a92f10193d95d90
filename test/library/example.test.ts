import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from '@jest/globals'
import { projectRoot } from '../../catalog/project-root.ts'

const root = projectRoot()

it('examples/indicators.mjs runs as an importer of the package would', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'barline-example-'))
  try {
    // A package of the name that leads to the sources: what is built may be older.
    const installed = join(folder, 'node_modules', 'barline')
    mkdirSync(installed, { recursive: true })
    writeFileSync(join(installed, 'package.json'), '{ "type": "module", "exports": "./library/index.ts" }')
    symlinkSync(join(root, 'library'), join(installed, 'library'))
    copyFileSync(join(root, 'examples', 'indicators.mjs'), join(folder, 'indicators.mjs'))
    const tsx = import.meta.resolve('tsx')
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', tsx, join(folder, 'indicators.mjs'), join(root, 'data', 'us-equity_1d.csv.gz'), 'AAPL'],
      { cwd: folder },
    )
    expect(stdout).toContain('AAPL 2013-03-01')
    expect(stdout).toMatch(/'rsi_14.value': 3\d\.\d+/)
    expect(stdout).toContain("'trend_state_v1.state': -2")
    expect(stdout).toContain('restored and live agree: true')
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 60_000)

it('the package is the library', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(exports).toEqual({ '.': { types: './dist/library/index.d.ts', default: './dist/library/index.js' } })
})
