import { columnName } from '../catalog/indicator-column.ts'
import type { ResolvedFeature, ResolvedView } from '../catalog/views.ts'
import { zoneSource } from '../catalog/zone-source.ts'
import { nullable, required, timestamp } from './schema-fields.ts'
import type { FieldType, RecordField, RecordSchema } from './schemas.ts'

/** The part of a resolved view that its record is made of. */
export type ViewSource = Pick<ResolvedView, 'id' | 'record'> & {
  readonly packs: readonly { readonly id: string }[]
  readonly features: readonly FeatureSource[]
}

type FeatureSource = Pick<ResolvedFeature, 'id' | 'name' | 'dtype' | 'unit' | 'codes' | 'rule'> & {
  readonly source: Pick<ResolvedFeature['source'], 'indicatorId' | 'output'>
}

/**
 * The record of the topic of a feature view: one nullable field per feature in view order, per pack the bits of the features that
 * their missing policy filled, and the table of zones as a list a column. A state is an integer code; its field says the label of
 * each in `codes`, which Avro's readers pass over. Throws RangeError on a dtype that has no Avro type.
 */
export function featureViewSchema({ id, record, packs, features }: ViewSource): RecordSchema {
  const dot = record.lastIndexOf('.')
  return {
    type: 'record',
    name: record.slice(dot + 1),
    namespace: record.slice(0, dot),
    doc: `One row of the feature view ${id}; absent = not available. Generated.`,
    fields: [
      required('symbol', 'string', 'Instrument; equals the record key'),
      required('timeframe', 'string', '1m, 5m, 15m, 1h, 1d or 1w'),
      timestamp('ts', 'Close of the bar, UTC'),
      timestamp('known_at', 'When the row could first have been known, UTC'),
      nullable('fill_rate', 'float', 'Share of the enabled features that are not absent, 0 to 1'),
      nullable('measured_rate', 'float', 'Share of the enabled features that are neither absent nor filled, 0 to 1'),
      nullable('staleness_bars', 'int', 'Greatest age of the value of an enabled feature, in bars of the view'),
      ...packs.map((pack) => imputedField(pack.id)),
      ...features.map(featureField),
      ...(zoneSource(features) === undefined ? [] : zoneFields),
    ],
  }
}

const instants: FieldType = { type: 'array', items: { type: 'long', logicalType: 'timestamp-millis' } }
const numbers = (items: 'double' | 'float' | 'int' | 'long'): FieldType => ({ type: 'array', items })

/** A list each, as long as there are zones; the oldest zone comes first. */
const zoneFields: readonly RecordField[] = [
  nullable('zone_id', numbers('long'), 'Zones of the bar: id, the same as long as the zone lives'),
  nullable(
    'zone_type',
    numbers('int'),
    '-1 support, below the close; 1 resistance, above it; 0 the zone holds the close',
  ),
  nullable('zone_low', numbers('double'), 'Lower bound, price'),
  nullable('zone_high', numbers('double'), 'Upper bound, price'),
  nullable('zone_strength', numbers('float'), 'Touches, each fading with its age'),
  nullable('zone_touches', numbers('int'), 'Touches so far'),
  nullable('zone_first_touch', instants, 'Close of the bar that founded the zone, UTC'),
  nullable('zone_last_touch', instants, 'Close of the bar of the last touch, UTC'),
]

function imputedField(pack: string): RecordField {
  return nullable(
    `imputed_${pack}`,
    'bytes',
    `Bit o % 8 of byte o / 8 set = the feature with ordinal o of ${pack} was filled by its missing policy`,
  )
}

function featureField({ id, name, dtype, unit, source, codes }: FeatureSource): RecordField {
  const origin = `of ${columnName(source.indicatorId, source.output)}`
  const field = nullable(id, avroType(id, dtype), [name, unit, origin].filter((part) => part !== '').join('; '))
  return codes === null ? field : { ...field, codes }
}

function avroType(featureId: string, dtype: string): FieldType {
  if (dtype === 'float32') return 'float'
  if (dtype === 'int8') return 'int'
  if (dtype === 'bool') return 'boolean'
  if (/^float32\[\d+\]$/.test(dtype)) return { type: 'array', items: 'float' }
  throw new RangeError(`Feature ${featureId} has dtype ${dtype}, which has no Avro type`)
}
