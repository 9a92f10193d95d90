import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataDirLocked } from './errors.ts'
import { gone, identify, isAlive, type ProcessIdentity, signal } from './process-identity.ts'

type LockContent = { owner: ProcessIdentity; children: ProcessIdentity[] }

/** Holds a data directory for this process. */
export type DataDirLock = {
  /** Notes the child processes that use the directory, for whoever finds the lock after a crash. */
  recordChildren(children: readonly ProcessIdentity[]): void
  release(): void
}

const childGraceMs = 15_000

/**
 * Takes the lock of a data directory. A lock whose owner is gone is taken over, after its children, which their watchdog
 * is stopping, are gone too. Throws DataDirLocked if the owner lives.
 */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  const file = join(dataDir, 'stack.lock')
  const owner = identify(process.pid)
  const write = (path: string, children: readonly ProcessIdentity[]): void =>
    writeFileSync(path, `${JSON.stringify({ owner, children })}\n`)

  while (!createLock(file, (path) => write(path, []))) {
    const text = readLock(file)
    if (text === undefined) continue
    const found = parseLock(text)
    if (found && isAlive(found.owner)) throw new DataDirLocked(dataDir, found.owner.pid)
    for (const child of found?.children ?? []) {
      if (!(await gone(child, childGraceMs))) signal(child, 'SIGKILL')
    }
    removeIfUnchanged(file, text)
  }
  return {
    recordChildren: (children) => replaceLock(file, (path) => write(path, children)),
    release: () => rmSync(file, { force: true }),
  }
}

// A link appears with its whole content and fails if the name is taken: both at once, which open() cannot do.
function createLock(file: string, write: (path: string) => void): boolean {
  const draft = `${file}.${randomUUID()}`
  write(draft)
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(draft, { force: true })
  }
}

function replaceLock(file: string, write: (path: string) => void): void {
  const draft = `${file}.${randomUUID()}`
  write(draft)
  renameSync(draft, file)
}

// Two processes may find the same stale lock; the slower one must not remove the faster one's new lock.
function removeIfUnchanged(file: string, stale: string): void {
  const aside = `${file}.${randomUUID()}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  if (readLock(aside) !== stale) {
    try {
      linkSync(aside, file)
    } catch {}
  }
  rmSync(aside, { force: true })
}

function readLock(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function parseLock(text: string): LockContent | undefined {
  try {
    return JSON.parse(text) as LockContent
  } catch {
    return undefined
  }
}
