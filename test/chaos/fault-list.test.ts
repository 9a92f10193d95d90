import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { projectRoot } from '../../catalog/project-root.ts'
import { readPage, tableBelow } from '../docs/markdown-table.ts'
import { faultList, listText, type Showing, wordsOf } from './fault-list.ts'
import { faultMix } from './faults/mix.ts'
import { scheduleFaults } from './faults/schedule.ts'
import { slowFaults } from './faults/slow-faults.ts'
import { loudErrors } from './scenarios/loud-errors.ts'

const scenarios = [...slowFaults, ...loudErrors]

/** What is wrong with where a fault is said to be shown; undefined when it is there. */
function missing(showing: Showing): string | undefined {
  if ('mix' in showing) return faultMix.some(({ name }) => name === showing.mix) ? undefined : wordsOf(showing)
  if ('scenario' in showing)
    return scenarios.some(({ name }) => name === showing.scenario) ? undefined : wordsOf(showing)
  const path = join(projectRoot(), showing.file)
  return existsSync(path) && readFileSync(path, 'utf8').includes(showing.title) ? undefined : wordsOf(showing)
}

describe('the list of faults', () => {
  test('has all 35, each with what has to hold', () => {
    expect(faultList.map(({ number }) => number)).toEqual(Array.from({ length: 35 }, (_, index) => index + 1))
    for (const { invariants } of faultList) expect(invariants.every((one) => 'LDOSER'.includes(one))).toBe(true)
  })

  test('names kinds, scenarios and tests that are there', () => {
    expect(faultList.flatMap(({ shown }) => shown.flatMap((showing) => missing(showing) ?? []))).toEqual([])
  })

  test('names every kind of the mix and every scenario under the rows that they stand for', () => {
    for (const { name, rows } of [...faultMix, ...scenarios]) {
      const named = faultList.filter(({ shown }) =>
        shown.some(
          (showing) => ('mix' in showing ? showing.mix : 'scenario' in showing ? showing.scenario : '') === name,
        ),
      )
      expect({ name, isNamed: rows.some((row) => named.some(({ number }) => number === row)) }).toEqual({
        name,
        isNamed: true,
      })
    }
  })

  test('is the table of docs/chaos.md', () => {
    const wanted = faultList.map(({ number, fault, invariants, shown }) => [
      String(number),
      fault,
      invariants.join(' '),
      shown.map(wordsOf).join('<br>'),
    ])
    // A cell that is code alone loses its backquotes when it is read.
    const bare = (cell: string) => cell.replace(/^`([^`]*)`$/, '$1')
    expect(tableBelow(readPage('chaos.md'), 'The faults')).toEqual(wanted.map((row) => row.map(bare)))
  })

  test('can be printed', () => {
    expect(listText(faultList)).toContain('a worker stopped for longer than its session')
  })
})

describe('a schedule', () => {
  const namesOf = (seed: number, count = 80) => scheduleFaults(faultMix, count, seed).map(({ kind }) => kind.name)

  test('is the same for the same seed, choices included, and another for another', () => {
    expect(namesOf(1)).toEqual(namesOf(1))
    expect(namesOf(1)).not.toEqual(namesOf(2))
    const choices = (seed: number) =>
      scheduleFaults(faultMix, 20, seed).map(({ choice }) => choice.between(0, 1_000_000))
    expect(choices(1)).toEqual(choices(1))
    expect(choices(1)).not.toEqual(choices(2))
  })

  test('has every kind once before chance decides', () => {
    expect(new Set(namesOf(7).slice(0, faultMix.length))).toEqual(new Set(faultMix.map(({ name }) => name)))
  })
})
