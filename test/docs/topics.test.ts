import { describe, expect, it } from '@jest/globals'
import { type TopicSpec, topics } from '../../topics/topics.ts'
import { readPage, tableBelow } from './markdown-table.ts'

const list = (names: readonly string[]) => names.join(', ') || '-'

/** The row that docs/topics.md has to have for a topic. */
function rowOf({ id, owner, key, subjects, records, partitions, cleanup, timestamps }: TopicSpec): string[] {
  const tables = records.flatMap(({ table }) => table ?? [])
  const names = records.map(({ name }) => name.replace(/^barline\./, ''))
  return [id, owner, key, list(names), subjects, String(partitions), cleanup, timestamps, list(tables)]
}

describe.each([
  ['In use', 'active'],
  ['Reserved', 'reserved'],
])('docs/topics.md, %s', (heading, status) => {
  it('has every such topic of topics/topics.ts as it is there, in that order', () => {
    const wanted = topics.filter((topic) => topic.status === status).map(rowOf)
    expect(tableBelow(readPage('topics.md'), heading)).toEqual(wanted)
  })
})
