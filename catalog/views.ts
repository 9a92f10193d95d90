import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { CatalogError } from './catalog-error.ts'
import type { FeatureRow } from './feature-row.ts'
import { type TimeframeRule, timeframeRule } from './feature-timeframe.ts'
import { loadFeatures } from './features.ts'
import { packOf } from './packs.ts'
import { catalogFile } from './project-root.ts'
import { TIMEFRAMES, type Timeframe } from './timeframe.ts'

const FILE = catalogFile('views.json')

const packId = z
  .string()
  .regex(/^core_(value|state|event|episode|vector)_v[1-9]\d*$/, 'must be core_<channel>_v<number>')

const viewFile = z.array(
  z.strictObject({
    id: z.string().regex(/^[a-z][a-z0-9_]*$/, 'must be lower case words joined by underscores'),
    packs: z
      .array(packId)
      .min(1, 'must name at least one pack')
      .refine((ids) => new Set(ids).size === ids.length, 'must not name a pack twice'),
    timeframe: z.enum(TIMEFRAMES),
    topic: z.string().min(1),
    record: z.string().regex(/^barline\.features\.[A-Z]\w*$/, 'must be a record of barline.features'),
  }),
)

/** A view as declared: some packs on one timeframe, the topic they are written to and the full name of its Avro record. */
export type View = {
  readonly id: string
  readonly packs: readonly string[]
  readonly timeframe: Timeframe
  readonly topic: string
  readonly record: string
}

/** A feature of a view, and the bars it is computed on there. */
export type ResolvedFeature = FeatureRow & { readonly rule: TimeframeRule }

/** A pack version as a view serves it. */
export type ResolvedPack = { readonly id: string; readonly features: readonly ResolvedFeature[] }

/**
 * A view with its features: `packs` in the order declared, one without rows yet included; `features` in the order of packs and
 * ordinals, each once.
 */
export type ResolvedView = Omit<View, 'packs'> & {
  readonly packs: readonly ResolvedPack[]
  readonly features: readonly ResolvedFeature[]
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
  return parsed.data
}

/** The view of this id with its features. Throws {@link CatalogError} when no view has the id, and as loading does. */
export function resolveView(
  id: string,
  features: readonly FeatureRow[] = loadFeatures(),
  views: readonly View[] = loadViews(),
): ResolvedView {
  const view = views.find((one) => one.id === id)
  if (view === undefined) {
    const known = views.map((one) => one.id).join(', ')
    throw new CatalogError('CATALOG_REFERENCE', { file: 'views.json' }, `no view ${id}; there are ${known}`)
  }
  const resolved = new Map<FeatureRow, ResolvedFeature>()
  const resolve = (feature: FeatureRow): ResolvedFeature => {
    const known = resolved.get(feature)
    if (known !== undefined) return known
    const fresh = { ...feature, rule: timeframeRule(feature, view.timeframe) }
    resolved.set(feature, fresh)
    return fresh
  }
  const packs = view.packs.map((pack) => ({ id: pack, features: packOf(features, pack).features.map(resolve) }))
  return { ...view, packs, features: [...resolved.values()] }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CatalogError('CATALOG_SYNTAX', { file }, `not JSON: ${String(error)}`, error)
  }
}
