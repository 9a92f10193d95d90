import { CatalogError } from '../../catalog/catalog-error.ts'
import type { FeatureRow } from '../../catalog/feature-row.ts'
import { fieldName } from '../../catalog/indicator-column.ts'
import type { Timeframe } from '../../catalog/timeframe.ts'
import type { ResolvedFeature, ResolvedView } from '../../catalog/views.ts'
import { crossSectionReach } from '../breadth/reach.ts'
import { DIMENSIONLESS } from '../indicators/dimension.ts'
import { dimensionOf, featureDimension } from './feature-dimension.ts'
import type { BarrierSeries } from './market-state.ts'
import { bindMissing, type MissingStep } from './missing.ts'
import { bindOtherTimeframe, bindOtherValues, type OtherTimeframe, type OtherValues } from './other-timeframe.ts'
import { createStateSlots, type StateSlots } from './state-slots.ts'
import { bindTransform, type TransformStep } from './transform.ts'

/** Version of the meaning of the slots and of the rows that wait; a change of what this folder keeps in them must raise it. */
const LAYOUT_VERSION = 3

/** Field of a row whose value every plan reads first. */
const CLOSE = 'close'

/** How one feature of the view is made. `position` is its place in the view. */
export type FeatureStep = {
  readonly position: number
  /** Index in the values read of a row; of the cross-section instead where `series` names one. */
  readonly source: number
  readonly atr: number
  readonly series: BarrierSeries | undefined
  readonly transform: TransformStep
  /** Where its values wait for the view's row; undefined = it is computed on that row. */
  readonly waiting: OtherValues | undefined
  readonly missing: MissingStep
}

/** What the rows of one timeframe do. `count` and `ts` are the slots of the number and of the time of its rows. */
export type TimeframeSteps = {
  readonly timeframe: Timeframe
  readonly count: number
  readonly ts: number
  readonly rescale: (state: Float64Array, splitFactor: number) => void
  /** Undefined for the view's own timeframe. */
  readonly rows: OtherTimeframe | undefined
  readonly features: readonly FeatureStep[]
}

/** The code of a view, and the map of a symbol's state. */
export type ViewPlan = {
  /** Fields of a row of indicators, in the order of the values read; the first is the close. */
  readonly fields: readonly string[]
  /** The cross-sectional series that it reads. */
  readonly series: readonly BarrierSeries[]
  readonly own: TimeframeSteps
  /** The other timeframes that features are computed on. */
  readonly others: readonly TimeframeSteps[]
  /** All features, in view order. */
  readonly features: readonly FeatureStep[]
  /** Slot of the running maximum of `known_at`. */
  readonly knownAt: number
  readonly stateLength: number
  readonly layoutHash: string
}

/** Plans a view. Throws {@link CatalogError} naming the row of a feature that stage two does not compute. */
export function planView(view: ResolvedView): ViewPlan {
  const slots = createStateSlots()
  const knownAt = slots.slots(view.timeframe, 'known_at', 1, DIMENSIONLESS)
  const fields = [CLOSE]
  const columnOf = (field: string): number => {
    const known = fields.indexOf(field)
    return known < 0 ? fields.push(field) - 1 : known
  }
  const computedOn = view.features.map((feature) => timeframeOf(feature, view))
  const own = planTimeframe(slots, view.timeframe, view.timeframe)
  const others = [...new Set(computedOn)]
    .filter((timeframe) => timeframe !== view.timeframe)
    .map((timeframe) => planTimeframe(slots, timeframe, view.timeframe))
  const features = view.features.map((feature, position) => {
    const rows = others.find(({ timeframe }) => timeframe === computedOn[position])?.rows
    return planFeature(feature, position, view, slots, columnOf, rows)
  })
  const complete = (steps: ReturnType<typeof planTimeframe>): TimeframeSteps => ({
    ...steps,
    rescale: slots.rescaling(steps.timeframe),
    features: features.filter(({ position }) => computedOn[position] === steps.timeframe),
  })
  return {
    fields,
    series: features.flatMap(({ series }) => (series === undefined ? [] : [series])),
    own: complete(own),
    others: others.map(complete),
    features,
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

function planTimeframe(slots: StateSlots, timeframe: Timeframe, view: Timeframe) {
  return {
    timeframe,
    count: slots.slots(timeframe, 'rows', 1, DIMENSIONLESS),
    ts: slots.slots(timeframe, 'newest_ts', 1, DIMENSIONLESS),
    rows: timeframe === view ? undefined : bindOtherTimeframe(slots, timeframe, view),
  }
}

function planFeature(
  feature: ResolvedFeature,
  position: number,
  view: ResolvedView,
  slots: StateSlots,
  columnOf: (field: string) => number,
  rows: OtherTimeframe | undefined,
): FeatureStep {
  checkComputed(feature)
  const { id, source, transform, rule } = feature
  const reach = crossSectionReach(source.indicatorId)
  const field = fieldName(source.indicatorId, source.output)
  // What compares symbols is in no symbol's units.
  const dimension = reach === undefined ? featureDimension(feature) : DIMENSIONLESS
  const memory = {
    slots,
    timeframe: timeframeOf(feature, view),
    name: id,
    dimension: reach === undefined ? dimensionOf(source.unit) : DIMENSIONLESS,
  }
  const waits = rows !== undefined && rule.kind !== 'own'
  return {
    position,
    source: reach === undefined ? columnOf(field) : -1,
    atr: 'atr' in transform ? columnOf(fieldName(transform.atr, 'value')) : -1,
    series: reach === undefined ? undefined : { reach, timeframe: rule.timeframe, field },
    transform: bindTransform(transform, memory),
    waiting: waits ? bindOtherValues(slots, rows, rule, { view: view.timeframe, name: id, dimension }) : undefined,
    missing: bindMissing(feature, slots, view.timeframe, dimension),
  }
}

function checkComputed({ dtype, file, line }: FeatureRow): void {
  if (!dtype.endsWith(']')) return
  throw new CatalogError('CATALOG_CELL', { file, line, column: 'feature_dtype' }, 'stage two computes no vectors yet')
}
