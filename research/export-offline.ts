import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { resolveView } from '../catalog/views.ts'
import type { DataRecord } from '../processors/processor.ts'
import { barColumns, keyColumns } from './export-columns.ts'
import { describeRecipe } from './resolve-recipe.ts'
import { foldShippedHistory } from './shipped-history.ts'
import { trainingRows } from './training-rows.ts'

/**
 * Writes what the trainer reads into a folder: `resolved.json` of a recipe, and `features.csv` (its features and derived inputs) and `bars.csv`, the same
 * rows as the tables of its view and of `indicators` have in ClickHouse after the shipped bars went through the chain.
 */
async function exportOffline(recipeId: string, folder: string): Promise<void> {
  const resolved = describeRecipe(recipeId)
  const view = resolveView(resolved.recipe.view)
  const { indicators, features, refused } = await foldShippedHistory(view)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'resolved.json'), `${JSON.stringify(resolved, null, 2)}\n`)
  await writeTable(
    join(folder, 'bars.csv'),
    barColumns,
    indicators.map(({ value }) => value),
  )
  const inputs = [
    ...resolved.features.map(({ feature_id }) => feature_id),
    ...resolved.derived.map((each) => each.input_id),
  ]
  await writeTable(join(folder, 'features.csv'), [...keyColumns, ...inputs], trainingRows(resolved, features))
  process.stdout.write(
    `${indicators.length} bars, ${features.length} feature rows, ${refused.length} records refused\n`,
  )
  for (const line of refused.slice(0, 20)) process.stdout.write(`  ${line}\n`)
}

/** JavaScript prints a number with as many digits as tell it from its neighbours, so a CSV cell reads back as the same bits. */
async function writeTable(
  path: string,
  columns: readonly string[],
  rows: readonly DataRecord['value'][],
): Promise<void> {
  const lines = function* () {
    yield `${columns.join()}\n`
    for (const row of rows) yield `${columns.map((column) => String(row[column] ?? '')).join()}\n`
  }
  await pipeline(Readable.from(lines()), createWriteStream(path))
}

const [recipeId, folder] = process.argv.slice(2)
if (recipeId === undefined || folder === undefined) {
  process.stderr.write('usage: node --import tsx research/export-offline.ts <recipe id> <folder>\n')
  process.exitCode = 64
} else await exportOffline(recipeId, folder)
