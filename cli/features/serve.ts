import { serveFeatures } from '../../serve/features/http/feature-server.ts'
import type { Config } from '../config.ts'
import { withFeatureService } from './open.ts'

/** How `barline features serve` was asked. */
export type ServeCommand = { readonly host: string; readonly port: number; readonly rows: number }

/** `barline features serve`: answers over HTTP until it is asked to end (SIGINT or SIGTERM). */
export async function runServe(
  config: Config,
  { host, port, rows }: ServeCommand,
  print: (line: string) => void,
): Promise<void> {
  const asked = new Promise<void>((resolve) => process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve()))
  print('reading the newest rows')
  await withFeatureService(config, rows, async (service) => {
    const server = await serveFeatures(service, { host, port })
    print(`features are served on http://${host}:${server.port}/features (API: /openapi.json), until Ctrl-C`)
    await asked
    await server.close()
  })
}
