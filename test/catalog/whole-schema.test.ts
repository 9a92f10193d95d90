import { describe, expect, it } from '@jest/globals'
import { loadSchemas } from '../../avro/schemas.ts'
import { loadFeatures } from '../../catalog/features.ts'
import { loadResolvedViews } from '../../catalog/views.ts'
import { clickHouseType } from '../../sink/column-type.ts'
import { defineTable } from '../../sink/table-definition.ts'
import { topicById } from '../../topics/topics.ts'

const features = loadFeatures()
const schemas = loadSchemas()

/** What a feature is in Avro and in ClickHouse, by its dtype. */
function typesOf(dtype: string): readonly [avro: unknown, column: string] {
  if (dtype === 'float32') return [['null', 'float'], 'Nullable(Float32)']
  if (dtype === 'int8') return [['null', 'int'], 'Nullable(Int8)']
  if (dtype === 'bool') return [['null', 'boolean'], 'Nullable(Bool)']
  return [['null', { type: 'array', items: 'float' }], 'Array(Float32)']
}

it('every row of the schema is in a view', () => {
  const served = new Set(loadResolvedViews().flatMap((view) => view.features.map(({ id }) => id)))
  expect(features.filter(({ id }) => !served.has(id))).toEqual([])
})

describe.each(loadResolvedViews().map((view) => [view.id, view] as const))('the view %s', (id, view) => {
  const schema = schemas.get(view.record)
  if (schema === undefined) throw new Error(`no schema of ${view.record}`)
  const table = defineTable(schema, { database: 'barline', table: 'x', topic: view.topic, epoch: 1 })

  it('is the topic and the table of its name', () => {
    expect(view.topic).toBe(`features.${id}`)
    expect(topicById(view.topic).records[0]).toMatchObject({ name: view.record, table: `features_${id}` })
  })

  it.each(view.features.map((feature) => [feature.id, feature] as const))(
    'has %s with the right type',
    (name, feature) => {
      const [avro, column] = typesOf(feature.dtype)
      const field = schema.fields.find((one) => one.name === name)
      expect(field).toMatchObject({ type: avro, default: null })
      const stored = table.columns.find((one) => one.name === name)
      expect(stored && clickHouseType(stored.type)).toBe(column)
      const label = table.labels.find(({ of }) => of === name)
      expect(label && Object.fromEntries(label.labels)).toEqual(feature.codes ?? undefined)
    },
  )

  it('has every feature once, in the order of packs and ordinals', () => {
    const ids = new Set(features.map((feature) => feature.id))
    const fields = schema.fields.map(({ name }) => name).filter((name) => ids.has(name))
    expect(fields).toEqual(view.packs.flatMap((pack) => pack.features.map((feature) => feature.id)))
    expect(fields.length).toBeGreaterThanOrEqual(297)
  })
})
