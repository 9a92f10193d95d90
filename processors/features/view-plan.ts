import { CatalogError } from '../../catalog/catalog-error.ts'
import type { FeatureRow } from '../../catalog/feature-row.ts'
import { fieldName } from '../../catalog/indicator-column.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import type { ResolvedFeature, ResolvedView } from '../../catalog/views.ts'
import { crossSectionReach } from '../breadth/reach.ts'
import { DIMENSIONLESS } from '../indicators/dimension.ts'
import { type BarrierJoin, bindBarrierJoin } from './barrier-join.ts'
import { dimensionOf, featureDimension } from './feature-dimension.ts'
import type { FieldList } from './field-list.ts'
import type { MarketState } from './market-state.ts'
import { type MissingPlan, MissingPolicies, planMissing } from './missing.ts'
import {
  barsIn,
  bindOtherTimeframe,
  bindOtherValues,
  type OtherTimeframe,
  type OtherValues,
} from './other-timeframe.ts'
import { vectorWidth } from './served-value.ts'
import { createStateSlots, type StateSlots } from './state-slots.ts'
import { bindTransform, type TransformStep } from './transform.ts'
import { bindZoneTable, type ZoneTableStep } from './zone-table.ts'

/** Version of the meaning of the slots and of the rows that wait; a change of what this folder keeps in them must raise it. */
const LAYOUT_VERSION = 4

/** How one number of a feature is made: the only one, or one of a vector's. `slot` is its place in what is published. */
export type FeatureStep = {
  readonly slot: number
  /** Index in the numbers read of a row; in the barrier row's where `barrier` names one. */
  readonly source: number
  readonly atr: number
  readonly barrier: BarrierJoin | undefined
  readonly transform: TransformStep
  /** Whether the transform gives what it takes. */
  readonly isIdentity: boolean
  /** Where its values wait for the view's row; undefined = it is computed on that row. */
  readonly waiting: OtherValues | undefined
  /** Of the rows whose newest it takes; undefined = its value is of the view's bar. */
  readonly rows: OtherTimeframe | undefined
  /** The newest row counts as missing when it was found more rows of the view ago than this. */
  readonly staleAfter: number
  readonly missing: MissingPlan
  /** Whether it counts in what is said of a row's quality. */
  readonly enabled: boolean
}

/** What the rows of one timeframe do. `count` and `ts` are the slots of the number and of the time of its rows. */
export type TimeframeSteps = {
  readonly timeframe: Timeframe
  readonly count: number
  readonly ts: number
  readonly rescale: (state: Float64Array, splitFactor: number) => void
  /** Undefined for the view's own timeframe. */
  readonly rows: OtherTimeframe | undefined
  /** Those that need more than a copy of the number. */
  readonly features: readonly FeatureStep[]
  /** Of those that are a number of the row as it is: where it is in the row, and the slot it goes to. */
  readonly copied: { readonly from: Int32Array; readonly to: Int32Array }
}

/** The code of a view, and the map of a symbol's state. */
export type ViewPlan = {
  /** Index of the close in the numbers read of a row. */
  readonly close: number
  readonly barriers: readonly BarrierJoin[]
  readonly own: TimeframeSteps
  /** The other timeframes that features are computed on. */
  readonly others: readonly TimeframeSteps[]
  /** All features in view order, a vector's numbers one after the other. */
  readonly features: readonly FeatureStep[]
  readonly policies: MissingPolicies
  /** Those of the features that are joined as-of. */
  readonly joined: readonly FeatureStep[]
  /** Slots of the enabled features. */
  readonly enabled: Int32Array
  readonly zones: ZoneTableStep | undefined
  /** Slot of the running maximum of `known_at`. */
  readonly knownAt: number
  readonly stateLength: number
  readonly layoutHash: string
}

/** What views that are folded together share: the fields read of a row of indicators, and the rows of barriers. */
export type SharedInputs = { readonly fields: FieldList; readonly market: MarketState }

/** Plans a view. Throws `CatalogError` naming the row of a feature that stage two does not compute. */
export function planView(view: ResolvedView, { fields, market }: SharedInputs): ViewPlan {
  const slots = createStateSlots()
  const knownAt = slots.slots(view.timeframe, 'known_at', 1, DIMENSIONLESS)
  const close = fields.indexOf('close')
  const own = planTimeframe(slots, view.timeframe, view.timeframe)
  const others = [...new Set(view.features.map((feature) => timeframeOf(feature, view)))]
    .filter((timeframe) => timeframe !== view.timeframe)
    .map((timeframe) => planTimeframe(slots, timeframe, view.timeframe))
  const barriers: BarrierJoin[] = []
  const barrierOf = (source: Pick<BarrierJoin, 'reach' | 'timeframe'>): BarrierJoin => {
    const known = barriers.find(({ reach, timeframe }) => reach === source.reach && timeframe === source.timeframe)
    if (known !== undefined) return known
    const fresh = bindBarrierJoin(source, view.timeframe, slots)
    barriers.push(fresh)
    return fresh
  }
  const planned = view.features.flatMap((feature) => {
    const computedOn = timeframeOf(feature, view)
    const rows = others.find(({ timeframe }) => timeframe === computedOn)?.rows
    return planFeature(feature, { view, slots, fields, market, rows, barrierOf }).map((step) => ({ step, computedOn }))
  })
  const features = planned.map(({ step }, slot): FeatureStep => ({ ...step, slot }))
  const complete = (steps: ReturnType<typeof planTimeframe>): TimeframeSteps => {
    const members = features.filter(({ slot }) => planned[slot]?.computedOn === steps.timeframe)
    const copied = members.filter(isCopy)
    return {
      ...steps,
      rescale: slots.rescaling(steps.timeframe),
      features: members.filter((member) => !isCopy(member)),
      copied: {
        from: Int32Array.from(copied, ({ source }) => source),
        to: Int32Array.from(copied, ({ slot }) => slot),
      },
    }
  }
  const zones = bindZoneTable(view, slots, fields)
  return {
    close,
    barriers,
    own: complete(own),
    others: others.map(complete),
    features,
    policies: new MissingPolicies(features.map(({ missing }) => missing)),
    joined: features.filter(({ barrier, rows }) => barrier !== undefined || rows !== undefined),
    enabled: Int32Array.from(features.flatMap(({ slot, enabled }) => (enabled ? [slot] : []))),
    zones,
    knownAt,
    stateLength: slots.length(),
    layoutHash: slots.hash({
      version: LAYOUT_VERSION,
      view: view.id,
      timeframe: view.timeframe,
      features: view.features.map(({ id, formulaHash, rule }) => ({ id, formulaHash, rule })),
    }),
  }
}

/** The rows that a feature is computed on: those of its rule, and the view's own for what comes from the cross-section. */
function timeframeOf({ source, rule }: ResolvedFeature, view: ResolvedView): Timeframe {
  return crossSectionReach(source.indicatorId) === undefined ? rule.timeframe : view.timeframe
}

/** Whether a number of the view's own row is published as it is. */
function isCopy({ barrier, waiting, isIdentity }: FeatureStep): boolean {
  return isIdentity && barrier === undefined && waiting === undefined
}

function planTimeframe(slots: StateSlots, timeframe: Timeframe, view: Timeframe) {
  return {
    timeframe,
    count: slots.slots(timeframe, 'rows', 1, DIMENSIONLESS),
    ts: slots.slots(timeframe, 'newest_ts', 1, DIMENSIONLESS),
    rows: timeframe === view ? undefined : bindOtherTimeframe(slots, timeframe, view),
  }
}

type FeaturePlace = SharedInputs & {
  readonly view: ResolvedView
  readonly slots: StateSlots
  /** Of the other timeframe that it is computed on. */
  readonly rows: OtherTimeframe | undefined
  readonly barrierOf: (source: Pick<BarrierJoin, 'reach' | 'timeframe'>) => BarrierJoin
}

function planFeature(feature: ResolvedFeature, place: FeaturePlace): readonly Omit<FeatureStep, 'slot'>[] {
  const { view, slots, fields, market, rows, barrierOf } = place
  const { source, transform, rule, enabled } = feature
  checkWidth(feature)
  const reach = crossSectionReach(source.indicatorId)
  const field = fieldName(source.indicatorId, source.output)
  // What compares symbols is in no symbol's units.
  const dimension = reach === undefined ? featureDimension(feature) : DIMENSIONLESS
  const sourceDimension = reach === undefined ? dimensionOf(source.unit) : DIMENSIONLESS
  const barrier = reach === undefined ? undefined : barrierOf({ reach, timeframe: rule.timeframe })
  const { width } = source
  const first = barrier === undefined ? fields.indexOf(field, width) : market.want(barrier, field)
  // Where no ATR is read the close stands in: an index outside of the numbers would cost more than all the rest.
  const atr = fields.indexOf('atr' in transform ? fieldName(transform.atr, 'value') : 'close')
  return Array.from({ length: width }, (_, component) => {
    const name = width === 1 ? feature.id : `${feature.id}.${component}`
    const waits = rows !== undefined && rule.kind !== 'own'
    return {
      source: first + component,
      atr,
      barrier,
      transform: bindTransform(transform, {
        slots,
        timeframe: timeframeOf(feature, view),
        name,
        dimension: sourceDimension,
      }),
      isIdentity: transform.kind === 'identity',
      waiting: waits ? bindOtherValues(slots, rows, rule, { view: view.timeframe, name, dimension }) : undefined,
      rows: waits && rule.kind === 'htf_closed' ? rows : undefined,
      staleAfter: staleAfter(feature, rule.timeframe, view.timeframe),
      missing: planMissing(feature, { slots, view: view.timeframe, name, dimension }),
      enabled,
    }
  })
}

/** A vector has as many numbers as the output that it is made of, and is served as it is. */
function checkWidth({ dtype, source, transform, file, line }: FeatureRow): void {
  const { width, indicatorId, output } = source
  const isAsWide = (vectorWidth(dtype) ?? 1) === width
  if (isAsWide && (width === 1 || transform.kind === 'identity')) return
  const column = isAsWide ? 'transform' : 'feature_dtype'
  const problem = isAsWide
    ? 'must be identity for a vector'
    : `must have as many numbers as ${indicatorId}.${output}: ${width}`
  throw new CatalogError('CATALOG_CELL', { file, line, column }, problem)
}

/** `max_staleness_bars` counts bars of the feature's own timeframe; this is as many rows of the view, around the clock. */
function staleAfter({ maxStalenessBars }: FeatureRow, timeframe: Timeframe, view: Timeframe): number {
  return Math.ceil(maxStalenessBars * barsIn(timeframe, view))
}
