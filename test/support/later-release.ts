import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { loadSchemas, type RecordSchema } from '../../avro/schemas.ts'
import { parseViews } from '../../catalog/declared-views.ts'
import { parseFeatures } from '../../catalog/features.ts'
import { loadCatalog } from '../../catalog/indicators.ts'
import { projectRoot } from '../../catalog/project-root.ts'
import { type ResolvedView, resolveView } from '../../catalog/views.ts'
import { environmentFor } from '../../cli/addresses.ts'
import { childEnvironment } from '../../cli/config.ts'
import type { Installation } from './installation.ts'

/** Another release of the project, installed in a folder of its own as an operator would. */
export type LaterRelease = {
  /** How `barline` of this release is called. */
  readonly command: readonly string[]
  /** Runs a command to its end and gives what it printed. Throws with all that it said when it fails. */
  run(...args: readonly string[]): Promise<string>
  /** A view as its catalog has it. */
  view(id: string): ResolvedView
  schemas(): ReadonlyMap<string, RecordSchema>
}

/** Files of the catalog that the release has in another form, each made from what is there. */
export type CatalogEdits = Readonly<Record<string, (text: string) => string>>

const PARTS = ['dist', 'catalog', 'avro', 'models', 'package.json']

/**
 * Installs what the project is now with another catalog, and releases that: schemas are generated, `barline catalog release` records
 * what is new. `installation` is the one that its commands work on.
 */
export async function installLaterRelease(installation: Installation, edits: CatalogEdits): Promise<LaterRelease> {
  const folder = join(installation.dir, 'later')
  mkdirSync(folder)
  for (const part of PARTS) cpSync(join(projectRoot(), part), join(folder, part), { recursive: true })
  symlinkSync(join(projectRoot(), 'node_modules'), join(folder, 'node_modules'))
  const inFolder = (...path: readonly string[]) => join(folder, ...path)
  const catalogText = (file: string) => readFileSync(inFolder('catalog', file), 'utf8')
  for (const [file, edit] of Object.entries(edits)) writeFileSync(inFolder('catalog', file), edit(catalogText(file)))

  const env = childEnvironment(environmentFor(installation.config, installation.addresses))
  const node = (...args: readonly string[]) => runNode(args, env)
  const main = inFolder('dist', 'cli', 'main.js')
  await node(inFolder('dist', 'avro', 'generate.js'))
  await node(main, 'catalog', 'release')
  const features = () =>
    parseFeatures(catalogText('indicator_feature_schema_v1.csv'), 'indicator_feature_schema_v1.csv', loadCatalog())
  return {
    command: [process.execPath, main],
    run: (...args) => node(main, ...args),
    view: (id) => resolveView(id, features(), parseViews(catalogText('views.json'), 'views.json')),
    schemas: () => loadSchemas(inFolder('avro', 'schemas')),
  }
}

async function runNode(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const [printed, said, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`${args.slice(1).join(' ')} ended with ${code}:\n${printed}${said}`)
  return printed
}
