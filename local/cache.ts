import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

const abandonedAfterMs = 60 * 60 * 1000

/** Where downloads are kept between runs: `$BARLINE_CACHE`, else `barline` in the user's cache folder. */
export function cacheRoot(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.BARLINE_CACHE || join(environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'barline')
}

/**
 * The folder `name` of the cache, built by `build` if it is not there. It appears whole or not at all: `build` fills a
 * folder of its own, which is then renamed; of two runs that build at once, the first to finish wins.
 */
export async function cached(name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const root = cacheRoot()
  const target = join(root, name)
  if (await exists(target)) return target
  await mkdir(root, { recursive: true })
  await removeAbandoned(root)
  const building = await mkdtemp(join(root, `.building-${name}-`))
  try {
    await build(building)
    await rename(building, target)
  } catch (error) {
    await rm(building, { recursive: true, force: true })
    if (!(await exists(target))) throw error
  }
  return target
}

/** Whether something is there under this path. */
export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

async function removeAbandoned(root: string): Promise<void> {
  for (const entry of await readdir(root)) {
    if (!entry.startsWith('.building-')) continue
    const found = await stat(join(root, entry)).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > abandonedAfterMs) {
      await rm(join(root, entry), { recursive: true, force: true })
    }
  }
}
