import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { projectRoot } from '../catalog/project-root.ts'
import { checkSource, type SourceFile } from './architecture/check-source.ts'
import { longFiles, mayImport } from './architecture/import-table.ts'

const root = projectRoot()
const notSources = new Set(['node_modules', 'dist', 'docs', 'data', 'test', 'examples', 'coverage'])

function sourcesBelow(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.name.startsWith('.') || notSources.has(path)) return []
    if (entry.isDirectory()) return sourcesBelow(path)
    return entry.name.endsWith('.ts') ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : []
  })
}

const sources = sourcesBelow('')
const linesOf = ({ text }: SourceFile) => text.split('\n').length - 1

describe('the sources', () => {
  it('import only what the table allows, and stay pure where they have to', () => {
    expect(sources.length).toBeGreaterThan(150)
    expect(sources.flatMap(checkSource)).toEqual([])
  })

  it('lie in folders of the table, and every folder of the table has some', () => {
    expect(new Set(sources.map(({ path }) => path.split('/')[0]))).toEqual(new Set(Object.keys(mayImport)))
  })

  it('have no file over 300 lines without a stated reason, and a median below 100', () => {
    const long = sources.filter((source) => linesOf(source) > 300).map(({ path }) => path)
    expect(long.sort()).toEqual(Object.keys(longFiles).sort())
    const sizes = sources.map(linesOf).sort((a, b) => a - b)
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThan(100)
  })
})

describe('the checker', () => {
  it.each([
    ['processors/engine/x.ts', `import { Kafka } from 'kafkajs'`, 'imports kafkajs'],
    ['processors/engine/x.ts', `import type { Log } from '../../streams/port.ts'`, 'imports streams/port.ts'],
    ['processors/engine/x.ts', `import { readFile } from 'node:fs/promises'`, 'imports node:fs/promises'],
    ['processors/inference/x.ts', `const { InferenceSession } = await import('chdb')`, 'imports chdb'],
    ['catalog/x.ts', `export { topics } from '../topics/topics.ts'`, 'imports topics/topics.ts'],
    ['sink/x.ts', `import { Kafka } from 'kafkajs'`, 'imports kafkajs'],
    ['sink/x.ts', `import { avsc } from 'avsc'`, 'imports avsc'],
    ['streams/x.ts', `import { createClient } from '@clickhouse/client'`, 'imports @clickhouse/client'],
    ['streams/x.ts', `import { createSink } from '../sink/sink.ts'`, 'imports sink/sink.ts'],
    ['avro/x.ts', `import { takeRow } from '../processors/engine/engine.ts'`, 'imports processors/engine/engine.ts'],
    ['models/x.ts', `import chdb from 'chdb'`, 'imports chdb'],
    ['load/x.ts', `import { readConfig } from '../cli/config.ts'`, 'imports cli/config.ts'],
    ['misc/x.ts', `import { topics } from '../topics/topics.ts'`, 'has no row'],
    ['processors/x.ts', `const now = Date.now()`, 'Date.now'],
    ['processors/x.ts', `const now = new Date()`, 'new Date()'],
    ['processors/x.ts', `const id = Math.random()`, 'Math.random'],
    ['processors/x.ts', `const at = performance.now()`, 'performance'],
    ['processors/x.ts', `setTimeout(() => {}, 1)`, 'setTimeout'],
    ['processors/x.ts', `const answer = await fetch('http://x')`, 'fetch'],
    ['processors/x.ts', `import { randomUUID } from 'node:crypto'`, 'randomUUID'],
    ['sink/x.ts', `const url = process.env.URL`, 'reads process.env'],
  ])('finds the planted fault in %s: %s', (path, text, what) => {
    const found = checkSource({ path, text })
    expect(found).not.toEqual([])
    expect(found.join('\n')).toContain(`${path}:1: `)
    expect(found.join('\n')).toContain(what)
  })

  it.each([
    ['processors/engine/x.ts', `import { parseTimeframe } from '../../catalog/timeframe.ts'`],
    ['processors/x.ts', `const day = new Date(ts)\nconst it = { performance: 1 }.performance // Date.now()`],
    ['streams/x.ts', `import { Kafka } from 'kafkajs'\nconst now = Date.now()`],
    ['local/x.ts', `const home = process.env.JAVA_HOME`],
    ['cli/x.ts', `import { createSink } from '../sink/sink.ts'`],
  ])('lets through what is right in %s: %s', (path, text) => {
    expect(checkSource({ path, text })).toEqual([])
  })
})
