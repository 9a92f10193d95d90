import { describe, expect, it } from '@jest/globals'
import { refusalReasons } from '../../processors/refusal.ts'
import { errorCodes, errorCodesIn } from './error-classes.ts'
import { readPage, tableBelow } from './markdown-table.ts'

const page = readPage('errors.md')

describe('docs/errors.md', () => {
  it('has every code and class of the sources, and no other', () => {
    const rows = tableBelow(page, 'Codes')
    expect(rows.map(([code, name]) => `${code} ${name}`).sort()).toEqual([...new Set(errorCodes())].sort())
    expect(rows.filter((cells) => cells.length !== 5 || cells.some((cell) => cell === ''))).toEqual([])
  })

  it('has every refusal reason of the sources, in their order, and no other', () => {
    const rows = tableBelow(page, 'Refusals')
    expect(rows.map(([reason]) => reason)).toEqual([...refusalReasons])
    expect(rows.filter((cells) => cells.length !== 3 || cells.some((cell) => cell === ''))).toEqual([])
  })
})

describe('the search for codes', () => {
  it('finds a code that is a constant, one with satisfies, and those of a union; not what is no error', () => {
    const text = `
      type TwoCodes = 'A' | 'B'
      export class One extends Error { readonly code = 'ONE' }
      class Two extends LocalError { readonly code = 'TWO' satisfies TwoCodes }
      class Three extends Error { readonly code: TwoCodes }
      class Four { readonly code = 'FOUR' }
      class Five extends Error { readonly code: number }`
    expect(errorCodesIn(text)).toEqual(['ONE One', 'TWO Two', 'A Three', 'B Three'])
  })
})
