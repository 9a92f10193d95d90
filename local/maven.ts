import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectRoot } from '../catalog/project-root.ts'
import { cached } from './cache.ts'
import { ensureJava } from './java.ts'
import { runTool } from './run-tool.ts'

const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

/**
 * The cache folder with everything that `local/<name>/pom.xml` depends on, after `finish` has worked on it. The folder's
 * name carries a hash of the pom, so that a new version gets a new folder.
 */
export async function mavenDependencies(
  name: string,
  finish: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  const pom = join(projectRoot(), 'local', name, 'pom.xml')
  const hash = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 10)
  return cached(`${name}-${hash}`, async (folder) => {
    const args = [
      '--quiet',
      '--batch-mode',
      '-ntp',
      '-f',
      pom,
      goal,
      `-DoutputDirectory=${folder}`,
      '-DincludeScope=runtime',
    ]
    await runTool(`the jars of ${name}`, 'mvn', args, await mavenEnvironment())
    await finish(folder)
  })
}

// Maven runs on any Java from 8 on; it needs ours only where the machine has none.
async function mavenEnvironment(): Promise<NodeJS.ProcessEnv> {
  const own = await runTool('Maven', 'mvn', ['--version']).then(
    () => true,
    () => false,
  )
  return own ? process.env : { ...process.env, JAVA_HOME: (await ensureJava()).home }
}
