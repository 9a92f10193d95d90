import { contractHash } from '../../catalog/contract.ts'
import { packAliases, packsNamed } from '../../catalog/pack-aliases.ts'
import { TIMEFRAMES, type Timeframe } from '../../catalog/timeframe.ts'
import type { ResolvedFeature, ResolvedView } from '../../catalog/views.ts'
import { zoneSource } from '../../catalog/zone-source.ts'
import { FeatureServiceError, unknownName } from './errors.ts'

/** What a request asks for: features of some packs on a timeframe, and the view that has them. */
export type PackSelection = {
  /** As asked for: the id of a pack, or an alias. */
  readonly packId: string
  readonly timeframe: Timeframe
  readonly view: ResolvedView
  /** In the order of packs and ordinals. */
  readonly features: readonly ResolvedFeature[]
  /** Places of the features in the view. */
  readonly positions: readonly number[]
  /** Hash of the contract of each pack, as the records of the view carry it. */
  readonly contracts: Readonly<Record<string, string>>
  /** Whether rows come with the zones of the view's bars. */
  readonly hasZones: boolean
}

/** Chooses what requests ask for; equal requests share one selection. */
export type PackSelector = {
  readonly views: readonly ResolvedView[]
  /** Names that `packId` may have: packs that a view serves, and the aliases of which one serves all packs. */
  readonly packIds: readonly string[]
  /** Throws {@link FeatureServiceError} naming what is not there, and what is near it. */
  select(packId: string, timeHorizon: string, hasZones?: boolean): PackSelection
}

/** A selector over the views of the catalog. */
export function createPackSelector(views: readonly ResolvedView[]): PackSelector {
  const known = new Map<string, PackSelection>()
  const served = [...new Set(views.flatMap(({ packs }) => packs.map(({ id }) => id)))]
  const has = (view: ResolvedView, pack: string) => view.packs.some(({ id }) => id === pack)
  const serves = (view: ResolvedView, name: string) => packsNamed(name).every((pack) => has(view, pack))
  const packIds = [...packAliases.filter((alias) => views.some((view) => serves(view, alias))), ...served]

  const resolve = (packId: string, timeHorizon: string, hasZones: boolean): PackSelection => {
    if (!packIds.includes(packId)) throw unknownName('FEATURES_UNKNOWN_PACK', 'pack', packId, packIds)
    const timeframe = TIMEFRAMES.find((each) => each === timeHorizon)
    if (timeframe === undefined) {
      throw unknownName('FEATURES_UNKNOWN_TIMEFRAME', 'timeframe', timeHorizon, TIMEFRAMES)
    }
    const serving = views.filter((view) => serves(view, packId))
    const view = serving.find((each) => each.timeframe === timeframe)
    if (view === undefined) {
      const there = serving.map((each) => `${each.timeframe} (view ${each.id})`).join(', ')
      const message = `No view serves ${packId} on ${timeframe}; it is served on ${there}`
      throw new FeatureServiceError('FEATURES_NOT_SERVED', message, { packId, timeHorizon })
    }
    if (hasZones && zoneSource(view.features) === undefined) {
      const message = `The view ${view.id} has no feature of zones on its own bars, so its rows have no zones`
      throw new FeatureServiceError('FEATURES_NOT_SERVED', message, { packId, timeHorizon })
    }
    const packs = packsNamed(packId).flatMap((id) => view.packs.filter((pack) => pack.id === id))
    const features = packs.flatMap((pack) => pack.features)
    return {
      packId,
      timeframe,
      view,
      features,
      positions: features.map((feature) => view.features.indexOf(feature)),
      // As in the headers of the records, a pack without features in the view has none.
      contracts: Object.fromEntries(
        packs.filter((pack) => pack.features.length > 0).map((pack) => [pack.id, contractHash(pack)]),
      ),
      hasZones,
    }
  }

  return {
    views,
    packIds,
    select(packId, timeHorizon, hasZones = false) {
      const key = `${packId} ${timeHorizon} ${hasZones}`
      const found = known.get(key)
      if (found !== undefined) return found
      const fresh = resolve(packId, timeHorizon, hasZones)
      known.set(key, fresh)
      return fresh
    },
  }
}

/** The selection cut down to some features, in the order of the packs. Throws {@link FeatureServiceError} on an unknown one. */
export function onlyFeatures(selection: PackSelection, ids: readonly string[]): PackSelection {
  const known = selection.features.map(({ id }) => id)
  for (const id of ids) {
    if (!known.includes(id)) throw unknownName('FEATURES_UNKNOWN_FEATURE', `feature in ${selection.packId}`, id, known)
  }
  const kept = selection.features.flatMap(({ id }, at) => (ids.includes(id) ? [at] : []))
  return {
    ...selection,
    features: selection.features.filter((_, at) => kept.includes(at)),
    positions: selection.positions.filter((_, at) => kept.includes(at)),
  }
}
