import { statfs } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { cacheRoot, exists } from './cache.ts'
import { findJava, oldestJava } from './java.ts'
import { runTool } from './run-tool.ts'

/** One thing that the stack needs: whether it is there, and if not, how to get it. */
export type Finding = { subject: string; ok: boolean; detail: string; remedy?: string }

const oldestNode: readonly [major: number, minor: number] = [20, 10]
const neededGigabytes = 2

/** Looks at everything that `barline demo` needs on this machine. Never throws; downloads and changes nothing. */
export async function diagnose(): Promise<Finding[]> {
  return Promise.all([
    checkNode(process.versions.node),
    checkJava(),
    checkMaven(),
    checkDisk(),
    checkPackage('chdb', 'ClickHouse'),
    checkPackage('onnxruntime-node', 'model scoring'),
  ])
}

/** Whether a version of Node, such as `20.11.1`, is new enough. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const ok = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
  return found('Node', ok, `version ${version}`, `Install Node ${oldestNode.join('.')} or newer.`)
}

async function checkJava(): Promise<Finding> {
  const java = await findJava()
  if (java) return found('Java', true, `version ${java.version} in ${java.home}`, '')
  const pip = await runTool('pip', 'python3', ['-m', 'pip', '--version']).catch(() => undefined)
  const detail = `none of version ${oldestJava} or newer`
  if (pip !== undefined) return found('Java', true, `${detail}; pip will fetch one into the cache`, '')
  return found(
    'Java',
    false,
    `${detail}, and no pip to fetch one`,
    `Install Java ${oldestJava} or newer, or python3 with pip.`,
  )
}

async function checkMaven(): Promise<Finding> {
  const version = await runTool('Maven', 'mvn', ['--version']).catch(() => undefined)
  const detail = version?.split('\n')[0]?.replaceAll('\u001b[1m', '').replaceAll('\u001b[m', '') ?? 'not found'
  const remedy = 'Install Maven (the package `maven` of most systems); it fetches Kafka and the schema registry.'
  return found('Maven', version !== undefined, detail, remedy)
}

async function checkDisk(): Promise<Finding> {
  let folder = cacheRoot()
  while (!(await exists(folder)) && dirname(folder) !== folder) folder = dirname(folder)
  const disk = await statfs(folder)
  const gigabytes = (disk.bavail * disk.bsize) / 1e9
  const detail = `${gigabytes.toFixed(1)} GB free at ${folder}`
  return found(
    'Disk',
    gigabytes >= neededGigabytes,
    detail,
    `Free ${neededGigabytes} GB, or point BARLINE_CACHE elsewhere.`,
  )
}

// In a process of its own: a native package that does not fit the machine may end the process that loads it.
async function checkPackage(name: string, use: string): Promise<Finding> {
  const failure = await loadFailure(name)
  const detail = failure === undefined ? 'loads' : (/Error: .+/.exec(failure)?.[0] ?? failure)
  return found(
    `${name} (${use})`,
    failure === undefined,
    detail,
    'Run `npm ci`; on Linux the system must be glibc-based.',
  )
}

async function loadFailure(name: string): Promise<string | undefined> {
  try {
    const path = createRequire(import.meta.url).resolve(name)
    await runTool(name, process.execPath, ['-e', `require(${JSON.stringify(path)})`])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const found = (subject: string, ok: boolean, detail: string, remedy: string): Finding =>
  ok ? { subject, ok, detail } : { subject, ok, detail, remedy }
