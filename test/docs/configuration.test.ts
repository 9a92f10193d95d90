import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { projectRoot } from '../../catalog/project-root.ts'
import { readConfig } from '../../cli/config.ts'
import { readPage, tableBelow } from './markdown-table.ts'

const page = readPage('configuration.md')
const read = (path: string) => readFileSync(join(projectRoot(), path), 'utf8')

function localSources(folder = 'local'): string[] {
  return readdirSync(join(projectRoot(), folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return localSources(path)
    return path.endsWith('.ts') ? [path] : []
  })
}

describe('docs/configuration.md', () => {
  it('has the variables of cli/config.ts, in their order', () => {
    const declared = [...read('cli/config.ts').matchAll(/^ {2}(BARLINE_\w+): /gm)].map(([, name]) => name)
    expect(declared.length).toBeGreaterThan(5)
    expect(tableBelow(page, 'Commands and workers').map(([name]) => name)).toEqual(declared)
  })

  it('has the defaults of cli/config.ts', () => {
    const config = readConfig({})
    const { dataDir, clickhouse, runId, partitions, sessionTimeoutMs, sinkGaps, topicPrefix, snapshots } = config
    const rows = tableBelow(page, 'Commands and workers').map(([name, value]) => [name, value] as const)
    const stated = Object.fromEntries(rows.filter(([, value]) => value !== 'none' && !value?.startsWith('that of')))
    expect(topicPrefix).toBe('')
    expect(stated).toEqual({
      BARLINE_DATA: dataDir,
      BARLINE_CLICKHOUSE_DATABASE: clickhouse.database,
      BARLINE_RUN_ID: runId,
      BARLINE_PARTITIONS: String(partitions),
      BARLINE_SESSION_TIMEOUT_MS: String(sessionTimeoutMs),
      BARLINE_SNAPSHOT_RECORDS: String(snapshots.records),
      BARLINE_SNAPSHOT_INTERVAL_MS: String(snapshots.minIntervalMs),
      BARLINE_SINK_GAPS: sinkGaps,
    })
  })

  it('has the variables that the embedded stack reads', () => {
    const names = localSources().flatMap((path) =>
      [...read(path).matchAll(/\b(?:environment|process\.env|env)\.([A-Z][A-Z_]+)/g)].map(([, name]) => name),
    )
    expect(
      tableBelow(page, 'The embedded stack')
        .map(([name]) => name)
        .sort(),
    ).toEqual([...new Set(names)].sort())
  })
})
