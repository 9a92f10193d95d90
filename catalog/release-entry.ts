import { contractEntry, contractHash } from './contract.ts'
import { indicatorFormulaHash } from './contract-formula.ts'
import { hashOf } from './contract-json.ts'
import type { FeatureRow } from './feature-row.ts'
import type { IndicatorRow } from './indicator-row.ts'
import type { Pack } from './packs.ts'
import type { Recipe } from './recipe-shape.ts'
import { recipeHash } from './recipes.ts'
import type { ResolvedView } from './views.ts'

/** What a release fixes, in the order of the lock file. */
export const RELEASE_KINDS = ['indicator', 'feature', 'pack', 'view', 'schema', 'recipe', 'model'] as const

/** One of {@link RELEASE_KINDS}. */
export type ReleaseKind = (typeof RELEASE_KINDS)[number]

/**
 * One thing that is released as a whole and never changes its meaning: `hash` over all that it means, `cells` a shorter hash of
 * each part by its name, so that a change can be named, and `docs` a hash of its words, which may change.
 */
export type ReleaseEntry = {
  readonly kind: ReleaseKind
  readonly id: string
  readonly hash: string
  readonly docs: string
  readonly cells: Readonly<Record<string, string>>
}

/** Digits of the hash of a cell: enough to tell an edit, which nobody crafts, from the cell as it was. */
const CELL_DIGITS = 8

/** An entry of named parts; those that are undefined are none. */
export function releaseEntry(
  kind: ReleaseKind,
  id: string,
  parts: Readonly<Record<string, unknown>>,
  words: unknown = null,
): ReleaseEntry {
  const named = Object.entries(parts).filter(([, part]) => part !== undefined)
  const short = (part: unknown): string => hashOf(part).slice(0, CELL_DIGITS)
  const cells = Object.fromEntries(named.map(([name, part]) => [name, short(part)]))
  return { kind, id, hash: hashOf(Object.fromEntries(named)), docs: short(words), cells }
}

/** An indicator: every cell that decides its values or what they mean, and its formula down through those that it names. */
export function indicatorEntry(row: IndicatorRow, byId: ReadonlyMap<string, IndicatorRow>): ReleaseEntry {
  const { id, name, family, notes, oracle, reference, settleBars, file, line, level, ...cells } = row
  const parts = { level, ...cells, formulaHash: indicatorFormulaHash(id, byId), warmupBars: row.warmupBars ?? null }
  return releaseEntry('indicator', id, parts, {
    name,
    family,
    notes,
    oracle,
    reference,
    settleBars: settleBars ?? null,
  })
}

/** A feature: the cells of its contract. */
export function featureEntry(feature: FeatureRow): ReleaseEntry {
  const { name, notes, fillRateMin, drift, aliases, sinceVersion } = feature
  const words = { name, notes, fillRateMin, drift, aliases, sinceVersion }
  return releaseEntry('feature', feature.id, contractEntry(feature), words)
}

/** A pack version: which features, in which order, and the hash of their contract. */
export function packEntry(pack: Pack): ReleaseEntry {
  const features = pack.features.map(({ id }) => id)
  return releaseEntry('pack', pack.id, { features, contract: contractHash(pack) })
}

/** A view: its timeframe, and the contract of each pack that it serves. Packs may be added. */
export function viewEntry({ id, timeframe, packs }: ResolvedView): ReleaseEntry {
  const contracts = packs.map((pack) => [`contract.${pack.id}`, contractHash(pack)] as const)
  return releaseEntry('view', id, { timeframe, ...Object.fromEntries(contracts) })
}

/** A recipe: each of its keys. */
export function recipeEntry(recipe: Recipe): ReleaseEntry {
  const { description, ...parts } = recipe
  return releaseEntry('recipe', recipe.recipe_id, { ...parts, recipe_hash: recipeHash(recipe) }, { description })
}
