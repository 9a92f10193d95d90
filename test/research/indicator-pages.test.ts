import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { loadCatalog } from '../../catalog/indicators.ts'
import { projectRoot } from '../../catalog/project-root.ts'
import { indicatorPages, PAGES_FOLDER } from '../../research/indicator-pages/indicator-pages.ts'
import { frameOf, linePath, runsPath } from '../../research/indicator-pages/svg.ts'

const root = projectRoot()

describe('the pages of indicators', () => {
  let pages: ReadonlyMap<string, string>
  beforeAll(async () => {
    pages = await indicatorPages()
  }, 60_000)

  it('are those of the catalog; if not: node --import tsx research/write-indicator-pages.ts', () => {
    const stale = [...pages].filter(
      ([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text,
    )
    expect(stale.map(([path]) => path)).toEqual([])
    const present = readdirSync(join(root, PAGES_FOLDER)).map((name) => `${PAGES_FOLDER}/${name}`)
    expect(present.filter((path) => !pages.has(path))).toEqual([])
  })

  it('are one for each row, with a small plot or the reason why there is none', () => {
    const index = pages.get(`${PAGES_FOLDER}/README.md`)
    for (const { id } of loadCatalog()) {
      const page = pages.get(`${PAGES_FOLDER}/${id}.md`) ?? ''
      const plot = pages.get(`${PAGES_FOLDER}/${id}.svg`)
      expect(index).toContain(`(${id}.md)`)
      expect([id, page.includes(`](${id}.svg)`), page.includes('No plot:')]).toEqual([
        id,
        plot !== undefined,
        plot === undefined,
      ])
      expect((plot ?? '').length).toBeLessThan(15_000)
      expect(plot ?? '').not.toMatch(/NaN|undefined|Infinity/)
    }
  })
})

describe('a path', () => {
  it('is as short as tenths of a pixel allow, and interrupted where a value is missing', () => {
    const frame = { top: 0, height: 10, min: 0, max: 10 }
    expect(linePath([10, 5, 5.25, Number.NaN, 0, Number.NaN, 1, 2], 3, frame)).toBe('M0 0l3 5 3-.2 M12 10h1M18 9l3-1 ')
    expect(linePath([Number.NaN], 3, frame)).toBe('')
  })

  it('of runs has one box for each', () => {
    expect(runsPath([true, true, false, true], 3, 5, 10)).toBe('M0 5h6v10h-6zM9 5h3v10h-3z')
  })

  it('has a frame for values that are all the same, and for none', () => {
    expect(frameOf(0, 10, [5, 5])).toMatchObject({ min: 4.5, max: 5.5 })
    expect(frameOf(0, 10, [0])).toMatchObject({ min: -1, max: 1 })
    expect(frameOf(0, 10, [Number.NaN])).toMatchObject({ min: 0, max: 1 })
  })
})
