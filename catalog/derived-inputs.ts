import { CatalogError, type CatalogPlace } from './catalog-error.ts'
import { featureNamed } from './features.ts'
import { didYouMean } from './nearest-names.ts'
import type { Recipe } from './recipe-shape.ts'
import { type RecipeTransform, transformName } from './recipe-transform.ts'
import type { ResolvedFeature, ResolvedView } from './views.ts'

/** An input of a model that is made of the published values of a feature, row by row of a symbol. */
export type DerivedInput = {
  readonly id: string
  readonly feature: ResolvedFeature
  readonly transform: RecipeTransform
}

/** Columns that rows have beside their features, in topics, tables and training sets: a derived input of such a name would hide one. */
const TAKEN = [
  ...['symbol', 'timeframe', 'ts', 'known_at', 'run_id', 'as_of', 'fill_rate', 'measured_rate', 'staleness_bars'],
  ...['label', 'entry_ts', 'exit_ts', 'entry_price', 'exit_price', 'forward_return', 'row_run'],
]

/** What transformations are resolved against: the file that errors name, the features of the recipe's packs, and its view. */
type Offer = {
  readonly file: string
  readonly offered: readonly ResolvedFeature[]
  readonly view: ResolvedView
}

/**
 * The derived inputs of a recipe, in its order. Throws {@link CatalogError} with the JSON path: `CATALOG_REFERENCE` of a feature that
 * its packs do not have, `CATALOG_CELL` of one that the transform means nothing for (any of a vector, more than a lag of a state,
 * whose codes are no quantities) or a name that is a column already, `CATALOG_DUPLICATE_ID` of a name that a feature has or a
 * transform that stands there under another name.
 */
export function derivedInputs(transformations: Recipe['transformations'], offer: Offer): readonly DerivedInput[] {
  const { file, offered, view } = offer
  const seen = new Map<string, string>()
  return transformations.map(({ id, feature: name, transform }, index) => {
    const place = (key: string): CatalogPlace => ({ file, column: `transformations.${index}.${key}` })
    const feature = featureNamed(offered, name)
    if (feature === undefined) {
      const near = didYouMean(
        name,
        offered.map((one) => one.id),
      )
      throw new CatalogError('CATALOG_REFERENCE', place('feature'), `no pack of the recipe has feature ${name}${near}`)
    }
    const problem = meaningless(feature, transform)
    if (problem !== undefined) throw new CatalogError('CATALOG_CELL', place('feature'), problem)
    if (TAKEN.includes(id)) throw new CatalogError('CATALOG_CELL', place('id'), `rows have a column ${id} already`)
    if (featureNamed(view.features, id)) {
      throw new CatalogError('CATALOG_DUPLICATE_ID', place('id'), `${id} is a feature of view ${view.id}`)
    }
    const what = `${transformName(transform)} of ${feature.id}`
    const other = seen.get(what)
    seen.set(what, id)
    if (other !== undefined) throw new CatalogError('CATALOG_DUPLICATE_ID', place('id'), `${what} is ${other} already`)
    return { id, feature, transform }
  })
}

function meaningless({ id, channel }: ResolvedFeature, transform: RecipeTransform): string | undefined {
  if (channel === 'vector') return `${id} is a vector, and transforms are of single numbers`
  if (channel !== 'state' || transform.kind === 'lag') return undefined
  return `${id} is a state, whose codes are no quantities: it can be lagged, but ${transformName(transform)} of it means nothing`
}
