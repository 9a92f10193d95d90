import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { crossSectionRows } from '../catalog/cross-section.ts'
import { loadViews } from '../catalog/declared-views.ts'
import { loadCatalog } from '../catalog/indicators.ts'
import { stageOneRows } from '../catalog/stage-one.ts'
import { resolveView } from '../catalog/views.ts'
import { featureViewSchema } from './feature-view-schema.ts'
import { indicatorRowSchema } from './indicator-row-schema.ts'
import { type RecordSchema, schemaFolder } from './schemas.ts'
import { marketStateSchema, universeStateSchema } from './state-schemas.ts'

/** Every schema that is generated from `catalog/`, by its file below `avro/schemas`. */
export function generateSchemas(): ReadonlyMap<string, RecordSchema> {
  const { market, universe } = crossSectionRows(loadCatalog())
  return new Map([
    ['generated/indicator-row.avsc', indicatorRowSchema(stageOneRows())],
    ['generated/market-state.avsc', marketStateSchema(market)],
    ['generated/universe-state.avsc', universeStateSchema(universe)],
    ...loadViews().map(({ id }): [string, RecordSchema] => [
      `generated/features-${id.replaceAll('_', '-')}.avsc`,
      featureViewSchema(resolveView(id)),
    ]),
  ])
}

/** Files whose text is not what `catalog/` gives now. */
export function staleSchemaFiles(
  schemas: ReadonlyMap<string, RecordSchema> = generateSchemas(),
  folder: string = schemaFolder(),
): readonly string[] {
  return [...schemas].flatMap(([file, schema]) => {
    const path = join(folder, file)
    return existsSync(path) && readFileSync(path, 'utf8') === schemaText(schema) ? [] : [file]
  })
}

/** Writes the files that are stale and gives their names. */
export function writeSchemas(
  schemas: ReadonlyMap<string, RecordSchema> = generateSchemas(),
  folder: string = schemaFolder(),
): readonly string[] {
  const stale = staleSchemaFiles(schemas, folder)
  for (const file of stale) {
    const path = join(folder, file)
    const schema = schemas.get(file)
    mkdirSync(dirname(path), { recursive: true })
    if (schema) writeFileSync(path, schemaText(schema))
  }
  return stale
}

function schemaText(schema: RecordSchema): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}
