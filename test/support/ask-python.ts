import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./ask_features.py', import.meta.url))

/** What the script gives: of each question status, ts and values; keys of history; decisions; derived inputs; features of a mask; codes of errors. */
export type PythonAnswers = {
  readonly answers: readonly (readonly [status: string, ts: number | null, values: readonly unknown[]])[]
  readonly history: readonly (readonly [symbol: string, ts: number])[]
  readonly training: readonly (readonly [
    symbol: string,
    asOf: number,
    knownAt: number,
    exit: number,
    forward: number,
  ])[]
  readonly derived: readonly (readonly [symbol: string, ts: number, inputs: readonly (number | null)[]])[]
  readonly imputed: readonly string[]
  readonly codes: readonly string[]
}

/** Asks through the Python package. Throws with what Python says when it fails. */
export async function askPython(python: string, url: string, asked: unknown): Promise<PythonAnswers> {
  const child = spawn(python, [script, url], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(JSON.stringify(asked))
  const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (out === '') throw new Error(complaints)
  return JSON.parse(out) as PythonAnswers
}
