import { columnName } from '../catalog/indicator-column.ts'
import type { ResolvedFeature, ResolvedView } from '../catalog/views.ts'
import { nullable, required, timestamp } from './schema-fields.ts'
import type { FieldType, RecordField, RecordSchema } from './schemas.ts'

/** The part of a resolved view that its record is made of. */
export type ViewSource = Pick<ResolvedView, 'id' | 'record'> & {
  readonly packs: readonly { readonly id: string }[]
  readonly features: readonly FeatureSource[]
}

type FeatureSource = Pick<ResolvedFeature, 'id' | 'name' | 'dtype' | 'unit'> & {
  readonly source: Pick<ResolvedFeature['source'], 'indicatorId' | 'output'>
}

/**
 * The record of the topic of a feature view: one nullable field per feature in view order, and per pack the bits of the
 * features that their missing policy filled. Throws RangeError on a dtype that has no Avro type.
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
      ...packs.map((pack) => imputedField(pack.id)),
      ...features.map(featureField),
    ],
  }
}

function imputedField(pack: string): RecordField {
  return nullable(
    `imputed_${pack}`,
    'bytes',
    `Bit o % 8 of byte o / 8 set = the feature with ordinal o of ${pack} was filled by its missing policy`,
  )
}

function featureField({ id, name, dtype, unit, source }: FeatureSource): RecordField {
  const origin = `of ${columnName(source.indicatorId, source.output)}`
  return nullable(id, avroType(id, dtype), [name, unit, origin].filter((part) => part !== '').join('; '))
}

function avroType(featureId: string, dtype: string): FieldType {
  if (dtype === 'float32') return 'float'
  if (dtype === 'int8') return 'int'
  if (dtype === 'bool') return 'boolean'
  if (/^float32\[\d+\]$/.test(dtype)) return { type: 'array', items: 'float' }
  throw new RangeError(`Feature ${featureId} has dtype ${dtype}, which has no Avro type`)
}
