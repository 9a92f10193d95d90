import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const installWithinMs = 180_000

/** The exact requirements that a script names in its docstring, as `pip install a==1 b==2`. */
export function requirementsIn(script: string): string[] {
  const line = /pip install (.+)/.exec(readFileSync(script, 'utf8'))?.[1] ?? ''
  return line.split(' ').filter((word) => /^[\w-]+==[\d.]+$/.test(word))
}

/** A Python with these packages in a virtual environment in `dir`, or in words why there is none. */
export async function pythonWith(
  requirements: readonly string[],
  dir: string,
): Promise<{ readonly python: string } | { readonly missing: string }> {
  const python = join(dir, 'venv', 'bin', 'python')
  try {
    await run('python3', ['-m', 'venv', join(dir, 'venv')], { timeout: installWithinMs })
    await run(python, ['-m', 'pip', 'install', '--quiet', ...requirements], { timeout: installWithinMs })
    return { python }
  } catch (error) {
    const output = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr).trim() : ''
    return { missing: output.split('\n').at(-1) || (error instanceof Error ? error.message : String(error)) }
  }
}
