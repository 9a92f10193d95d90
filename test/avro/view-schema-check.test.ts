import { expect, test } from '@jest/globals'
import { loadSchemas } from '../../avro/schemas.ts'
import { checkViewSchemas } from '../../avro/view-schema-check.ts'
import { loadResolvedViews } from '../../catalog/views.ts'

const schemas = loadSchemas()
const views = loadResolvedViews()

test('the schemas in the tree have a field for all that the views have', () => {
  expect(() => checkViewSchemas(views, schemas)).not.toThrow()
})

test('a feature that its schema does not have yet is named, with what to run', () => {
  const [view] = views
  const schema = schemas.get(view?.record ?? '')
  if (schema === undefined) throw new Error('no view')
  const older = { ...schema, fields: schema.fields.filter(({ name }) => name !== 'rsi_14_value') }
  expect(() => checkViewSchemas(views, new Map([...schemas, [view?.record ?? '', older]]))).toThrow(
    /lacks rsi_14_value, which the catalog has in core_pack_1.: run .*avro\/generate\.ts/,
  )
})
