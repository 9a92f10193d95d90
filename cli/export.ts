import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resolveRecipe } from '../catalog/recipe-features.ts'
import { loadRecipe } from '../catalog/recipes.ts'
import { resolveView } from '../catalog/views.ts'
import { barColumns, keyColumns } from '../research/export-columns.ts'
import { describeRecipe } from '../research/resolve-recipe.ts'
import { exportQuery } from '../sink/export.ts'
import type { TableDefinition } from '../sink/table-definition.ts'
import { tableName } from '../topics/topics.ts'
import { type Addresses, findAddresses } from './addresses.ts'
import type { Config } from './config.ts'
import { connectClickHouse, tablesOf } from './connect-store.ts'
import { exportDerived } from './export-derived.ts'

/** Files that an export wrote, with their sizes in bytes. */
export type ExportedHistory = readonly { readonly path: string; readonly bytes: number }[]

/**
 * Writes what the trainer of a recipe reads into a folder: `resolved.json` (the recipe, its features and contracts), and from
 * ClickHouse `features.parquet` (its features, of its view) and `bars.parquet`, one row for each data record, in order of ts and symbol. With
 * derived inputs the features are in `features.csv`, by symbol and ts: these inputs are made here, by the function of inference.
 */
export async function exportHistory(
  recipeId: string,
  folder: string,
  config: Config,
  addresses: Addresses,
): Promise<ExportedHistory> {
  const resolved = describeRecipe(recipeId)
  const view = resolveView(loadRecipe(recipeId).view)
  const { database } = config.clickhouse
  const client = connectClickHouse(config, addresses)
  const select = (table: string, columns: readonly string[]) =>
    `SELECT ${columns.join(', ')} FROM ${database}.${table}_latest WHERE timeframe = '${view.timeframe}' ORDER BY ts, symbol`
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'resolved.json'), `${JSON.stringify(resolved, null, 2)}\n`)
    const features = resolved.features.map((feature) => feature.feature_id)
    const history = { table: tableOf(config, view.topic), timeframe: view.timeframe }
    return [
      resolved.derived.length === 0
        ? await exportQuery(client, {
            sql: select(tableName(view.topic), [...keyColumns, ...features]),
            format: 'parquet',
            path: join(folder, 'features.parquet'),
          })
        : await exportDerived(client, join(folder, 'features.csv'), {
            ...history,
            features,
            derived: resolveRecipe(resolved.recipe, view).derived,
          }),
      await exportQuery(client, {
        sql: select('indicators', barColumns),
        format: 'parquet',
        path: join(folder, 'bars.parquet'),
      }),
    ]
  } finally {
    await client.close()
  }
}

function tableOf(config: Config, topic: string): TableDefinition {
  const table = tablesOf(config).find(({ name }) => name === tableName(topic))
  if (table === undefined) throw new RangeError(`No table keeps ${topic}`)
  return table
}

/** `barline export`: prints the files it wrote. */
export async function runExport(
  recipeId: string,
  folder: string,
  config: Config,
  print: (line: string) => void,
): Promise<void> {
  for (const { path, bytes } of await exportHistory(recipeId, folder, config, findAddresses(config)))
    print(`${path}  ${bytes} bytes`)
}
