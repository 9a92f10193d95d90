import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A process named so that another one with the same number, later, is not mistaken for it. */
export type ProcessIdentity = { pid: number; startedAt: string }

/** When the process `pid` started, in the system's own terms; undefined if there is none or it is a zombie. */
export function startTime(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    try {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
    } catch {
      return undefined
    }
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may hold anything.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' && !hasThreads(pid) ? undefined : rest[18]
  } catch {
    return undefined
  }
}

// The first thread of a killed process is a zombie while others still hold its files and ports.
const hasThreads = (pid: number): boolean => readdirSync(`/proc/${pid}/task`).length > 1

/** Names a running process. */
export const identify = (pid: number): ProcessIdentity => ({ pid, startedAt: startTime(pid) ?? '' })

/** Whether that very process still runs. */
export const isAlive = ({ pid, startedAt }: ProcessIdentity): boolean => startTime(pid) === startedAt

/** Sends a signal to a process if it is still the same one. Returns whether it was. */
export function signal(target: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false
  try {
    return process.kill(target.pid, name)
  } catch {
    return false
  }
}

/** Resolves to true when the process is gone, to false when it still runs after `withinMs`. */
export async function gone(target: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (isAlive(target)) {
    if (performance.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return true
}
