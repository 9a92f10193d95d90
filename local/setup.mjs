// Makes a fresh clone ready to run: packages, build, and the jars of the embedded stack. It runs before anything is
// installed, so it is plain JavaScript and imports nothing but Node. When nothing is to do it takes well under a second.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = realpathSync(join(dirname(fileURLToPath(import.meta.url)), '..'))
const inRoot = (...path) => join(root, ...path)
const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const say = (line) => console.error(`[setup] ${line}`)

const notSources = new Set(['node_modules', 'dist', 'test', 'bench', 'examples', 'data', 'docs', '.git'])

class SetupFailed extends Error {
  code = 'setup-failed'
}

async function main() {
  checkNode()
  if (!packagesAreCurrent() || !buildIsCurrent()) {
    await alone(async () => {
      if (!packagesAreCurrent()) await installPackages()
      if (!buildIsCurrent()) await build()
    })
  }
  const { prepareCache } = await import(pathToFileURL(inRoot('dist', 'local', 'prepare.js')).href)
  await prepareCache(say)
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 10)) {
    throw new SetupFailed(`Barline needs Node 20.10 or newer; this is ${process.versions.node}.`)
  }
}

// --- packages

const lockStamp = inRoot('node_modules', '.barline-lock')
const lockHash = () => sha256(readFileSync(inRoot('package-lock.json')))

function packagesAreCurrent() {
  if (existsSync(lockStamp)) return readFileSync(lockStamp, 'utf8') === lockHash()
  if (!installedAsLocked()) return false
  writeFileSync(lockStamp, lockHash())
  return true
}

/** Whether somebody has already run npm here: every package of the lock file is installed in its version. */
function installedAsLocked() {
  const hidden = inRoot('node_modules', '.package-lock.json')
  if (!existsSync(hidden)) return false
  const installed = JSON.parse(readFileSync(hidden, 'utf8')).packages
  const locked = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')).packages
  return Object.entries(locked).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  )
}

async function installPackages() {
  say('installing npm packages ...')
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  const progress = setInterval(() => say(`still installing (${seconds()} s)`), 10_000)
  try {
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  } finally {
    clearInterval(progress)
  }
  writeFileSync(lockStamp, lockHash())
  say(`installed npm packages in ${seconds()} s`)
}

// --- build

const buildStamp = inRoot('dist', '.barline-build')

function buildIsCurrent() {
  return existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === sourceHash()
}

function sourceHash() {
  const facts = [...sources(root), inRoot('tsconfig.json'), inRoot('tsconfig.build.json'), lockStamp]
    .filter((file) => existsSync(file))
    .map((file) => {
      const { size, mtimeMs } = statSync(file)
      return `${relative(root, file)} ${size} ${mtimeMs}`
    })
  return sha256(facts.sort().join('\n'))
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      if (!notSources.has(entry.name) && !entry.name.startsWith('.')) yield* sources(join(folder, entry.name))
    } else if (/\.(ts|json)$/.test(entry.name) && folder !== root) yield join(folder, entry.name)
  }
}

/** Builds aside and swaps, so that nobody ever imports a half-written file. */
async function build() {
  const started = Date.now()
  const hash = sourceHash()
  const aside = inRoot('node_modules', `.barline-build-${process.pid}`)
  const old = `${aside}-old`
  try {
    await run(inRoot('node_modules', '.bin', 'tsc'), ['-p', inRoot('tsconfig.build.json'), '--outDir', aside])
    writeFileSync(join(aside, '.barline-build'), hash)
    if (existsSync(inRoot('dist'))) renameSync(inRoot('dist'), old)
    renameSync(aside, inRoot('dist'))
  } finally {
    rmSync(aside, { recursive: true, force: true })
    rmSync(old, { recursive: true, force: true })
  }
  say(`built in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

// --- processes

/** Runs a program to its end with its output shown; rejects if it fails. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', (error) => reject(new SetupFailed(`Cannot run ${command}: ${error.message}`)))
    child.on('exit', (status) => {
      if (status === 0) resolve()
      else reject(new SetupFailed(`${command} ${args.join(' ')} failed (status ${status}).`))
    })
  })
}

/** Does `work` while no other setup of this folder does; two runs of `npm ci` would break each other. */
async function alone(work) {
  const lock = join(tmpdir(), `barline-setup-${sha256(root).slice(0, 16)}`)
  for (let waited = 0; !take(lock); waited++) {
    if (isStale(lock)) rmSync(lock, { recursive: true, force: true })
    else if (waited === 10) say('waiting for another setup of this folder ...')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  try {
    await work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

function take(lock) {
  try {
    mkdirSync(lock)
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  writeFileSync(join(lock, 'pid'), String(process.pid))
  return true
}

function isStale(lock) {
  try {
    const file = join(lock, 'pid')
    if (!existsSync(file)) return Date.now() - statSync(lock).mtimeMs > 5_000
    process.kill(Number(readFileSync(file, 'utf8')), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

main().catch((error) => {
  say(error.code === undefined ? error.stack : error.message)
  process.exitCode = 1
})
