import { spawn } from 'node:child_process'
import { DownloadFailed, RuntimeMissing } from './errors.ts'

/** Runs a program to its end and resolves to what it printed; rejects with its output if it fails or is not there. */
export function runTool(
  what: string,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') reject(new RuntimeMissing(`The program ${command}`, `It is needed for ${what}.`))
      else reject(error)
    })
    child.on('close', (status) => {
      if (status === 0) resolve(output)
      else reject(new DownloadFailed(what, [command, ...args.slice(0, 4)].join(' '), output))
    })
  })
}
