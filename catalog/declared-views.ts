import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { CatalogError } from './catalog-error.ts'
import { catalogFile } from './project-root.ts'
import { TIMEFRAMES, type Timeframe } from './timeframe.ts'

const FILE = catalogFile('views.json')

const packId = z
  .string()
  .regex(
    /^[a-z][a-z0-9]*(_[a-z0-9]+)*_v[1-9]\d*$/,
    'must be lower case words joined by underscores that end in _v<number>',
  )

const viewFile = z.array(
  z.strictObject({
    id: z.string().regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, 'must be lower case words joined by underscores'),
    packs: z
      .array(packId)
      .min(1, 'must name at least one pack')
      .refine((ids) => new Set(ids).size === ids.length, 'must not name a pack twice'),
    timeframe: z.enum(TIMEFRAMES),
  }),
)

/**
 * A view as declared: some packs on one timeframe. Its id gives the topic it is written to (`features.<id>`) and the full name of
 * its Avro record (`barline.features.` and the id's words in capitals).
 */
export type View = {
  readonly id: string
  readonly packs: readonly string[]
  readonly timeframe: Timeframe
  readonly topic: string
  readonly record: string
}

/** Reads `views.json`. Throws {@link CatalogError} as {@link parseViews} does, and what the file system throws. */
export function loadViews(file: URL = FILE): readonly View[] {
  return parseViews(readFileSync(file, 'utf8'), 'views.json')
}

/** Parses the text of a views file; `file` is only named in errors. Throws {@link CatalogError} naming the field. */
export function parseViews(text: string, file: string): readonly View[] {
  const parsed = viewFile.safeParse(parseJson(text, file))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const column = issue?.path.map(String).join('.') || undefined
    throw new CatalogError('CATALOG_CELL', { file, column }, issue?.message ?? 'malformed')
  }
  for (const [at, { id }] of parsed.data.entries()) {
    if (parsed.data.findIndex((view) => view.id === id) === at) continue
    throw new CatalogError('CATALOG_DUPLICATE_ID', { file, column: `${at}.id` }, `two views are called ${id}`)
  }
  return parsed.data.map((view) => ({ ...view, topic: `features.${view.id}`, record: recordName(view.id) }))
}

function recordName(id: string): string {
  const words = id.split('_').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
  return `barline.features.${words.join('')}`
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CatalogError('CATALOG_SYNTAX', { file }, `not JSON: ${String(error)}`, error)
  }
}
