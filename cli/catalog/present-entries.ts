import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadReleases, type Release } from '../../avro/releases.ts'
import { fullName } from '../../avro/schemas.ts'
import { loadViews, type View } from '../../catalog/declared-views.ts'
import type { FeatureRow } from '../../catalog/feature-row.ts'
import { loadFeatures } from '../../catalog/features.ts'
import type { IndicatorRow } from '../../catalog/indicator-row.ts'
import { loadCatalog } from '../../catalog/indicators.ts'
import { allPacks } from '../../catalog/packs.ts'
import { catalogFile, projectRoot } from '../../catalog/project-root.ts'
import { loadRecipe } from '../../catalog/recipes.ts'
import {
  featureEntry,
  indicatorEntry,
  packEntry,
  type ReleaseEntry,
  recipeEntry,
  releaseEntry,
  viewEntry,
} from '../../catalog/release-entry.ts'
import { resolveView } from '../../catalog/views.ts'

/** What the entries are made of; by default what the project holds. */
export type ReleaseSources = {
  readonly indicators?: readonly IndicatorRow[]
  readonly features?: readonly FeatureRow[]
  readonly views?: readonly View[]
  /** Schema versions, each as it stands in its file. */
  readonly schemas?: readonly Release[]
}

/**
 * All that a release fixes, as it is now: the rows of the catalogs, packs, views, recorded schema versions, recipes and the files of
 * model versions. Throws `CatalogError` on a catalog that cannot be honoured, and what the file system throws.
 */
export function presentEntries({
  indicators = loadCatalog(),
  features = loadFeatures(indicators),
  views = loadViews(),
  schemas = loadReleases(),
}: ReleaseSources = {}): readonly ReleaseEntry[] {
  const byId = new Map(indicators.map((row) => [row.id, row]))
  return [
    ...indicators.map((row) => indicatorEntry(row, byId)),
    ...features.map(featureEntry),
    ...allPacks(features).map(packEntry),
    ...views.map(({ id }) => viewEntry(resolveView(id, features, views))),
    ...schemas.map(schemaEntry),
    ...recipeIds().map((id) => recipeEntry(loadRecipe(id))),
    ...modelEntries(),
  ]
}

/** A recorded version of a schema: the type of every field. */
function schemaEntry({ version, schema }: Release): ReleaseEntry {
  const fields = schema.fields.map(({ name, doc: _, ...meaning }) => [name, meaning] as const)
  const docs = schema.fields.map(({ doc }) => doc ?? '')
  return releaseEntry('schema', `${fullName(schema)}/${version}`, Object.fromEntries(fields), docs)
}

function recipeIds(): readonly string[] {
  const files = readdirSync(catalogFile('recipes/')).sort()
  return files.flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
}

/** Every version below `models/`: the bytes of each of its files. */
function modelEntries(): readonly ReleaseEntry[] {
  const models = join(projectRoot(), 'models')
  const folders = (path: string) =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort()
  return folders(models).flatMap((model) =>
    folders(join(models, model)).map((version) => {
      const folder = join(models, model, version)
      const files = readdirSync(folder).sort()
      const hashes = files.map((file) => [file, sha256(readFileSync(join(folder, file)))] as const)
      return releaseEntry('model', `${model}/${version}`, Object.fromEntries(hashes))
    }),
  )
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
